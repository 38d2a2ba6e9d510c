import { parseMediaType } from './media-types.ts'
import type { MediaType } from './media-types.ts'
import { MultipartError } from './multipart-error.ts'

/** One part of a multipart body. */
export type MultipartPart = {
  /** By lower-case name; of a repeated header the first. */
  headers: ReadonlyMap<string, string>
  /** Content-Type; null when absent or not a media type. */
  contentType: MediaType | null
  /** Can be read once, before the next part is asked for; what is left unread is skipped then. */
  body: AsyncIterableIterator<Uint8Array>
}

export type MultipartLimits = {
  /** Parts of one body. */
  partsMax: number
  /** Body of one part, in bytes. */
  partBytesMax: number
  /** All headers of one part, in bytes. */
  headerBytesMax: number
  /** What may stand before the first boundary, in bytes. */
  preambleBytesMax: number
}

const defaultLimits: MultipartLimits = {
  partsMax: Infinity,
  partBytesMax: Infinity,
  headerBytesMax: 16 * 1024,
  preambleBytesMax: 64 * 1024,
}

/**
 * Reads a multipart body (RFC 2046 §5.1) part by part, as it arrives.
 *
 * Memory is bounded: what is held is a header, or the chunk just received; chunks of bodies are passed on without
 * copying. A chunk of the body is asked for only when the reader wants more. Takes what clients send: a line break
 * or a preamble before the first boundary, spaces behind a boundary, an epilogue. The iterator of the body is never
 * closed, since closing a request's would cut the connection before it is answered; an epilogue is left unread.
 *
 * @param body     bytes of the request, in chunks of any size
 * @param boundary parameter of Content-Type, without quotes
 * @throws {MultipartError} from the iteration over parts or over a part's body
 */
export async function* parseMultipart(
  body: AsyncIterable<Uint8Array>,
  { boundary, ...limits }: { boundary: string | undefined } & Partial<MultipartLimits>,
): AsyncGenerator<MultipartPart, void, undefined> {
  const { partsMax, partBytesMax, headerBytesMax, preambleBytesMax } = { ...defaultLimits, ...limits }
  // RFC 2046 asks for 1 to 70 characters of a set; only line breaks and length would harm the search.
  if (boundary === undefined || !/^[\x20-\x7e]{1,200}$/.test(boundary)) {
    throw new MultipartError('boundary-missing', 'Content-Type names no usable boundary')
  }
  const reader = new DelimitedReader(body, Buffer.from(`\r\n--${boundary}`, 'latin1'))
  let preambleBytes = 0
  for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
    preambleBytes += chunk.byteLength
    if (preambleBytes > preambleBytesMax) {
      throw new MultipartError('boundary-not-found', 'The body does not begin with its boundary')
    }
  }
  if (reader.ended) throw new MultipartError('boundary-not-found', 'The body does not contain its boundary')

  for (let parts = 1; !reader.closed; parts++) {
    if (parts > partsMax)
      throw new MultipartError('too-many-parts', `The body has more than ${partsMax} parts`)
    const headers = parseHeaders(await reader.header(headerBytesMax))
    const contentType = headers.get('content-type')
    yield {
      headers,
      contentType: contentType === undefined ? null : parseMediaType(contentType),
      body: partBody(reader, partBytesMax),
    }
    if (!reader.betweenParts) await skip(reader, partBytesMax)
  }
}

async function* partBody(
  reader: DelimitedReader,
  partBytesMax: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const part = reader.part
  let bytes = 0
  for (;;) {
    // A body kept beyond its part must not read from the next one.
    if (reader.part !== part) return
    const chunk = await reader.next()
    if (chunk === null) return endOfPart(reader)
    bytes += chunk.byteLength
    if (bytes > partBytesMax)
      throw new MultipartError('part-too-large', `A part is larger than ${partBytesMax} bytes`)
    yield chunk
  }
}

async function skip(reader: DelimitedReader, partBytesMax: number): Promise<void> {
  let bytes = 0
  for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
    bytes += chunk.byteLength
    if (bytes > partBytesMax)
      throw new MultipartError('part-too-large', `A part is larger than ${partBytesMax} bytes`)
  }
  endOfPart(reader)
}

function endOfPart(reader: DelimitedReader): void {
  if (reader.ended) throw new MultipartError('truncated', 'The body ends inside a part')
}

const transportPaddingBytesMax = 1024

/** Splits a stream at a delimiter, and reads the lines between a delimiter and the next body. */
class DelimitedReader {
  /** The stream ended before the delimiter that was looked for. */
  ended = false
  /** The closing delimiter was read. */
  closed = false
  /** A delimiter was just read, and no header after it. */
  betweenParts = false
  /** Counts the delimiters. */
  part = 0
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #delimiter: Buffer
  // The first boundary may stand at the very start: then this is the line break before it.
  #pending: Buffer = Buffer.from('\r\n', 'latin1')

  constructor(body: AsyncIterable<Uint8Array>, delimiter: Buffer) {
    this.#chunks = body[Symbol.asyncIterator]()
    this.#delimiter = delimiter
  }

  /** Next bytes before the delimiter; null once it, or the end of the stream, is reached. */
  async next(): Promise<Buffer | null> {
    if (this.ended || this.closed || this.betweenParts) return null
    let from = 0
    for (;;) {
      const found = this.#pending.indexOf(this.#delimiter, from)
      if (found >= 0) {
        const kind = await this.#delimiterAt(found)
        if (kind === 'none') {
          // The boundary is but the start of a longer word: content.
          from = found + 1
          continue
        }
        if (kind !== 'ended') {
          const before = this.#pending.subarray(0, found)
          if (before.byteLength > 0) {
            this.#pending = this.#pending.subarray(found)
            return before
          }
          this.#pending = this.#pending.subarray(kind.end)
          this.closed = kind.closing
          this.betweenParts = true
          this.part += 1
          return null
        }
      }
      const safe = found >= 0 ? found : this.#pending.byteLength - this.#partialDelimiter()
      if (safe > 0) {
        const before = this.#pending.subarray(0, safe)
        this.#pending = this.#pending.subarray(safe)
        return before
      }
      from = 0
      if (!(await this.#more())) {
        this.ended = true
        const rest = this.#pending
        this.#pending = Buffer.alloc(0)
        return rest.byteLength > 0 ? rest : null
      }
    }
  }

  /** Header lines of the part, without the empty line that ends them. */
  async header(bytesMax: number): Promise<string> {
    this.betweenParts = false
    let searched = 0
    for (;;) {
      // A part without headers begins with the empty line; else it follows the line break of the last header.
      const isEmpty = this.#pending.byteLength >= 2 && this.#pending[0] === 0x0d && this.#pending[1] === 0x0a
      const end = isEmpty ? 0 : this.#pending.indexOf('\r\n\r\n', searched, 'latin1')
      if (end > bytesMax || (end < 0 && this.#pending.byteLength > bytesMax + 4)) {
        throw new MultipartError('header-too-long', `The header of a part is longer than ${bytesMax} bytes`)
      }
      if (end >= 0) {
        const header = this.#pending.toString('latin1', 0, end)
        await this.#enterBody(isEmpty ? 0 : end + 2)
        return header
      }
      searched = Math.max(0, this.#pending.byteLength - 3)
      if (!(await this.#more()))
        throw new MultipartError('truncated', 'The body ends inside the header of a part')
    }
  }

  /** Passes the empty line at `emptyLine`, unless its line break already belongs to the next boundary. */
  async #enterBody(emptyLine: number): Promise<void> {
    this.#pending = this.#pending.subarray(emptyLine)
    const { byteLength } = this.#delimiter
    while (this.#pending.byteLength < byteLength && (await this.#more()));
    const isDelimiter = this.#pending.subarray(0, byteLength).equals(this.#delimiter)
    if (!isDelimiter || (await this.#delimiterAt(0)) === 'none') this.#pending = this.#pending.subarray(2)
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      const { value } = next
      if (value.byteLength === 0) continue
      const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      this.#pending = this.#pending.byteLength === 0 ? chunk : Buffer.concat([this.#pending, chunk])
      return true
    }
  }

  /** What stands at a found delimiter: a boundary line and where it ends, or content that looks like one. */
  async #delimiterAt(found: number): Promise<{ end: number; closing: boolean } | 'none' | 'ended'> {
    const start = found + this.#delimiter.byteLength
    for (let at = start; ;) {
      const byte = this.#pending[at]
      if (byte === undefined) {
        if (at - start > transportPaddingBytesMax) return 'none'
        if (await this.#more()) continue
        return 'ended'
      }
      if (at === start && byte === 0x2d) {
        // The close delimiter; whatever follows it is epilogue.
        if (this.#pending.byteLength < at + 2 && (await this.#more())) continue
        return this.#pending[at + 1] === 0x2d ? { end: at + 2, closing: true } : 'none'
      }
      if (byte === 0x0d) {
        if (this.#pending.byteLength < at + 2 && (await this.#more())) continue
        if (this.#pending.byteLength < at + 2) return 'ended'
        return this.#pending[at + 1] === 0x0a ? { end: at + 2, closing: false } : 'none'
      }
      if (byte !== 0x20 && byte !== 0x09) return 'none'
      at += 1
    }
  }

  /** Bytes at the end of what is held that may be the start of a delimiter. */
  #partialDelimiter(): number {
    const bytes = this.#pending.byteLength
    const tail = Math.max(0, bytes - this.#delimiter.byteLength + 1)
    for (let at = this.#pending.indexOf(0x0d, tail); at >= 0; at = this.#pending.indexOf(0x0d, at + 1)) {
      if (this.#pending.subarray(at).equals(this.#delimiter.subarray(0, bytes - at))) return bytes - at
    }
    return 0
  }
}

/** Header fields, RFC 5322: lines that begin with a space continue the line before. */
function parseHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>()
  if (text === '') return headers
  for (const line of text.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) {
      throw new MultipartError('malformed-header', 'A part has a header line without a name')
    }
    const value = line.slice(colon + 1).trim()
    if (/[\0\r\n]/.test(value))
      throw new MultipartError('malformed-header', 'A part has a control character in a header')
    if (!headers.has(name)) headers.set(name, value)
  }
  return headers
}
