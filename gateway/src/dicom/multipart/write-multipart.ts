import { sliceStream, type SizedStream } from '../byte-stream.ts'

/** Opened when it is its turn; in `pieces` where all of it is in memory then, which leave together. */
type OpenedBody = {
  bytes: number
  open(): Promise<{ pieces?: readonly Uint8Array[]; stream(): AsyncIterable<Uint8Array> }>
}

/** One part to write. Header values must be printable ASCII. */
export type OutgoingPart = {
  /** Value of Content-Type with its parameters, e.g. `application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1`. */
  contentType: string
  /** Further headers by their name as it is to be written, e.g. `Content-Location`. */
  headers?: Readonly<Record<string, string>>
  /** of unknown size only where the parts come one after the other */
  body: Uint8Array | SizedStream | OpenedBody | { bytes: null; stream(): AsyncIterable<Uint8Array> }
  /** Takes back each piece of the body when nobody reads it any more; only from `batches`. */
  giveBack?(piece: Uint8Array): void
}

/**
 * A multipart body (RFC 2046 §5.1). Each part's header begins with `Content-Type:` in exactly this case, which some
 * viewers look for in the first 1000 bytes.
 *
 * @param parts an array when all parts are known before, so that the size is too; else an (async) iterable, from
 *   which a part is taken when the one before is written
 * @returns Content-Length in bytes, or null when it is not known before; and the bytes, or a range of them (end
 *   inclusive), for which parts that lie wholly before or behind it are not opened; `batches` is all of it in pieces
 *   that are best written at once
 * @throws {RangeError} for a header that could end its line, and from the stream when a part has other bytes than it
 *   said: the response must break then rather than seem complete
 */
export function writeMultipart(
  parts: readonly OutgoingPart[] | Iterable<OutgoingPart> | AsyncIterable<OutgoingPart>,
  { boundary }: { boundary: string },
): {
  contentLength: number | null
  stream(range?: { start: number; end: number } | null): AsyncGenerator<Uint8Array>
  batches(): AsyncGenerator<{ pieces: Uint8Array[]; giveBack?: (() => void) | undefined }>
} {
  const end = endOf(boundary)
  let contentLength: number | null = null
  if (isList(parts)) {
    contentLength = end.byteLength
    let isFirst = true
    for (const part of parts) {
      contentLength += partBytes(part, boundary, isFirst)
      isFirst = false
    }
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    for await (const { pieces } of batches()) yield* pieces
  }
  /** A piece of a body with what stands before it, and after the last one the end, where it is known to be the last. */
  async function* batches() {
    let before: Uint8Array[] = []
    let isFirst = true
    let index = 0
    for await (const part of parts) {
      before.push(partHeader(part, boundary, isFirst))
      isFirst = false
      index++
      const isLast = isList(parts) && index === parts.length
      const { body } = part
      let left = body instanceof Uint8Array ? body.byteLength : body.bytes
      for await (const some of together(body)) {
        if (left !== null) for (const { byteLength } of some) left -= byteLength
        if (left !== null && left < 0) break
        const isEnd = isLast && left === 0
        const giveBack = part.giveBack && (() => some.forEach((piece) => part.giveBack?.(piece)))
        yield { pieces: isEnd ? [...before, ...some, end] : [...before, ...some], giveBack }
        if (isEnd) return
        before = []
      }
      if (left !== null && left !== 0) throw new RangeError('A part does not have as many bytes as it said')
    }
    yield { pieces: [...before, end] }
  }
  async function* part({ start, end: last }: { start: number; end: number }): AsyncGenerator<Uint8Array> {
    let position = 0
    let isFirst = true
    async function* piece(bytes: number, open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      const from = Math.max(0, start - position)
      const to = Math.min(bytes, last + 1 - position)
      position += bytes
      if (to > from) yield* sliceStream(open(), from, to)
    }
    for await (const each of parts) {
      if (position > last) return
      const header = partHeader(each, boundary, isFirst)
      isFirst = false
      yield* piece(header.byteLength, () => once(header))
      const { body } = each
      yield* piece(bytesOf(each), () => streamOf(body))
    }
    yield* piece(end.byteLength, () => once(end))
  }
  return { contentLength, stream: (range) => (range ? part(range) : whole()), batches }
}

/** What a part takes of the body, with the boundary before it; its body is not opened. */
export function partBytes(part: OutgoingPart, boundary: string, isFirst: boolean): number {
  return partHeader(part, boundary, isFirst).byteLength + bytesOf(part)
}

/** What stands behind the last part. */
export function endBytes(boundary: string): number {
  return endOf(boundary).byteLength
}

function endOf(boundary: string): Buffer {
  return Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1')
}

/** A body in what is best written at once. */
async function* together(body: OutgoingPart['body']): AsyncGenerator<readonly Uint8Array[]> {
  if (body instanceof Uint8Array) yield [body]
  else if ('open' in body) {
    const opened = await body.open()
    if (opened.pieces) yield opened.pieces
    else for await (const piece of opened.stream()) yield [piece]
  } else for await (const piece of body.stream()) yield [piece]
}

async function* streamOf(body: OutgoingPart['body']): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body
  else yield* 'open' in body ? (await body.open()).stream() : body.stream()
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function isList(
  parts: readonly OutgoingPart[] | Iterable<OutgoingPart> | AsyncIterable<OutgoingPart>,
): parts is readonly OutgoingPart[] {
  return Array.isArray(parts)
}

function bytesOf({ body }: OutgoingPart): number {
  const bytes = body instanceof Uint8Array ? body.byteLength : body.bytes
  if (bytes === null) throw new RangeError('A part of unknown size among parts whose sizes are needed')
  return bytes
}

function partHeader({ contentType, headers = {} }: OutgoingPart, boundary: string, isFirst: boolean): Buffer {
  let text = `${isFirst ? '' : '\r\n'}--${boundary}\r\n`
  for (const [name, value] of Object.entries({ 'Content-Type': contentType, ...headers })) {
    if (!/^[\x20-\x7e]*$/.test(value) || !/^[A-Za-z0-9-]+$/.test(name)) {
      throw new RangeError('A header of a part is not printable ASCII')
    }
    text += `${name}: ${value}\r\n`
  }
  return Buffer.from(`${text}\r\n`, 'latin1')
}
