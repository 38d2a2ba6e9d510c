import { createHash } from 'node:crypto'
import { giveBackMemory } from '../own-memory.ts'
import type { ByteSource } from './byte-source.ts'
import type { DataSet, Element, ParsedInstance } from './data-set.ts'
import { defaultParseLimits } from './parse-limits.ts'
import { sha256 } from '../sha256.ts'
import { readRanges } from './read-ranges.ts'
import { representationOf } from './value-representation.ts'

/** Values longer than this enter the digest by their own SHA-256, so that it does not depend on how they are read. */
const directBytesMax = 1024
/** Many files are digested at the same time: little of each is in memory. */
const hashedAtOnce = 256 * 1024
/** What is shorter is read with what stands around it. */
const aloneBytesMin = 64 * 1024

/**
 * What sameness of two files is judged on: SHA-256, as hex, of the transfer syntax and the data set.
 *
 * Left out is what a receiver may write anew without changing the content: file meta information, group lengths,
 * elements of groups that no data set may have,
 * the choice between defined and undefined length, Data Set Trailing Padding, Length to End, the Basic Offset
 * Table, padding of text and to even length, the order of misordered tags, second elements of a repeated tag, and
 * the VR of pixel data (OB or OW). Fragments count with their borders.
 *
 * Reads every byte of the data set once, streamed.
 *
 * @throws {DicomError} `truncated` when the source ends before a located value does
 */
export async function dataSetDigest(
  source: ByteSource,
  parsed: Pick<ParsedInstance, 'encoding' | 'attributes'>,
): Promise<string> {
  const located: Located[] = []
  collectLocated(parsed.attributes, located)
  const { alone = [], read = [] } = Object.groupBy(located, (one) =>
    isHashedAlone(source, parsed, one) ? 'alone' : 'read',
  )
  await Promise.all([readLocated(source, parsed, read), ...alone.map((one) => hashAlone(source, one))])
  const contents = new Map(located.map((each) => [each.key, each.content]))

  const sink = newSink()
  sink.text(`bitewing data set 1\0${parsed.encoding.transferSyntaxUid}\0`)
  addDataSet(sink, parsed.attributes, contents)
  return sink.end()
}

type Sink = { text(text: string): void; bytes(bytes: Uint8Array): void; end(): string }

/** Collects the many small pieces of a header into few updates of the hash. */
function newSink(): Sink {
  const hash = createHash('sha256')
  let pending = ''
  const text = (piece: string) => {
    pending += piece
    if (pending.length > 32 * 1024) {
      hash.update(pending, 'latin1')
      pending = ''
    }
  }
  return {
    text,
    bytes: ({ buffer, byteOffset, byteLength }) =>
      text(Buffer.from(buffer, byteOffset, byteLength).toString('latin1')),
    end: () => hash.update(pending, 'latin1').digest('hex'),
  }
}

/** A value, or one fragment, that was only located. */
type Located = { key: string; start: number; end: number; content: Uint8Array }

/** Whether a value is hashed by itself where it lies in memory, and not read for it. */
function isHashedAlone(
  { memory }: ByteSource,
  { encoding }: Pick<ParsedInstance, 'encoding'>,
  { start, end }: Located,
): boolean {
  if (!memory || encoding.deflated || end > memory.byteLength) return false
  return end - start >= aloneBytesMin && (end - start) % 2 === 0
}

async function hashAlone({ memory }: ByteSource, one: Located): Promise<void> {
  if (!memory) return
  one.content = await sha256(memory.subarray(one.start, one.end))
}

const notContent = new Set(['FFFCFFFC', '00080001'])

/** Also groups that no data set may have (PS3.5 §7.8.1): DCMTK leaves them out when it sends. */
function isContent({ tag }: Element): boolean {
  return !notContent.has(tag) && !/^(?:000[1357]|FFFF)/.test(tag)
}

const pixelDataTag = '7FE00010'

function collectLocated(dataSet: DataSet, located: Located[]): void {
  for (const element of dataSet.elements.values()) {
    if (!isContent(element)) continue
    for (const item of element.items ?? []) collectLocated(item, located)
    if (element.fragments) {
      let start = element.fragments.offset
      for (const length of element.fragments.lengths) {
        located.push({ key: keyOf(start, length), start, end: start + length, content: new Uint8Array(0) })
        start += length + 8
      }
    } else if (element.value === null && element.items === null) {
      const { offset, length } = element
      located.push({
        key: keyOf(offset, length),
        start: offset,
        end: offset + length,
        content: new Uint8Array(0),
      })
    }
  }
}

function keyOf(offset: number, length: number): string {
  return `${offset}+${length}`
}

async function readLocated(
  source: ByteSource,
  { encoding }: Pick<ParsedInstance, 'encoding'>,
  located: Located[],
): Promise<void> {
  located.sort((a, b) => a.start - b.start)
  const freed = freeingSource(source)
  let reading = -1
  let content = newContent(0)
  const finish = () => {
    const done = located[reading]
    if (done) done.content = content.end()
  }
  for await (const { range, bytes } of readRanges(
    freed,
    encoding,
    located,
    defaultParseLimits.inflatedBytesMax,
    hashedAtOnce,
  )) {
    if (range !== reading) {
      finish()
      reading = range
      const next = located[range]
      content = newContent(next ? next.end - next.start : 0)
    }
    content.add(bytes)
  }
  finish()
}

/**
 * Frees what was read last when more is read, where it is the reader's own: only for a reader who keeps nothing of it.
 * A large file would otherwise leave all its bytes to the collector.
 */
function freeingSource(source: ByteSource): ByteSource {
  let last: Uint8Array | null = null
  return {
    bytes: source.bytes,
    async read(start, end) {
      if (last) giveBackMemory(last)
      last = await source.read(start, end)
      return last
    },
  }
}

type Content = { add(bytes: Uint8Array): void; end(): Uint8Array }

/** A value's bytes, or their hash when they are many, padded to even length as a writer would. */
function newContent(length: number): Content {
  if (length + (length % 2) <= directBytesMax) {
    const parts: Uint8Array[] = []
    return {
      add: (bytes) => parts.push(bytes.slice()), // what was read is freed
      end: () => Buffer.concat([...parts, Buffer.alloc(length % 2)]),
    }
  }
  const hash = createHash('sha256')
  return {
    add: (bytes) => hash.update(bytes),
    end: () => (length % 2 === 1 ? hash.update(Buffer.alloc(1)) : hash).digest(),
  }
}

/** Unambiguous: every value is preceded by its length, every sequence and item by the count of what follows. */
function addDataSet(sink: Sink, dataSet: DataSet, contents: ReadonlyMap<string, Uint8Array>): void {
  const elements = [...dataSet.elements.values()].filter(isContent)
  sink.text(`{${elements.length}`)
  for (const element of elements) addElement(sink, element, contents)
}

function addElement(sink: Sink, element: Element, contents: ReadonlyMap<string, Uint8Array>): void {
  const { tag, vr, items, fragments, value, offset, length } = element
  sink.text(`${tag}${tag === pixelDataTag ? '--' : vr}`)
  if (items) {
    sink.text(`[${items.length}`)
    for (const item of items) addDataSet(sink, item, contents)
  } else if (fragments) {
    sink.text(`(${fragments.lengths.length}`)
    let start = fragments.offset
    for (const each of fragments.lengths) {
      addValue(sink, even(each), contents.get(keyOf(start, each)))
      start += each + 8
    }
  } else if (value === null) {
    addValue(sink, even(length), contents.get(keyOf(offset, length)))
  } else {
    const kept = representationOf(vr).kind === 'text' ? withoutPadding(value) : value
    const content = newContent(kept.byteLength)
    content.add(kept)
    addValue(sink, even(kept.byteLength), content.end())
  }
}

function addValue(sink: Sink, length: number, content: Uint8Array = new Uint8Array(0)): void {
  sink.text(`=${length}:`)
  sink.bytes(content)
}

function even(length: number): number {
  return length + (length % 2)
}

function withoutPadding(value: Uint8Array): Uint8Array {
  let end = value.byteLength
  while (end > 0 && (value[end - 1] === 0x20 || value[end - 1] === 0)) end -= 1
  return value.subarray(0, end)
}
