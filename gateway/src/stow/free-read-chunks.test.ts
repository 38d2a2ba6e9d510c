import { createHash, randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMultipart } from '../dicom/multipart/parse-multipart.ts'
import { ownMemory } from '../own-memory.ts'
import { receiveFile } from '../originals/receive-file.ts'
import { freeReadChunks } from './free-read-chunks.ts'

const boundary = 'b'
const delimiter = `\r\n--${boundary}`

/** Content full of what may be the start of a delimiter. */
const content = fc
  .array(
    fc.oneof(fc.constantFrom('\r', '\n', '-', '\r\n', '\r\n-', '\r\n--', `${delimiter}b`), fc.string()),
    { maxLength: 40 },
  )
  .map((pieces) => Buffer.from(pieces.join('')))
  .filter((bytes) => !/\r\n--b(?:--|[ \t]*\r\n|[ \t]*$)/.test(bytes.toString('latin1')))

test('files arrive whole although the memory of what was read is freed behind them, however it was cut', async () => {
  let freed = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(content, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 64 }),
      async (files, chunkBytes) => {
        const body = Buffer.concat([
          ...files.flatMap((file) => [Buffer.from(`${delimiter}\r\n\r\n`), file]),
          Buffer.from(`${delimiter}--\r\n`),
        ])
        const chunks: Buffer<ArrayBuffer>[] = []
        for (let at = 0; at < body.length; at += chunkBytes) {
          const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, body.length - at))
          body.copy(chunk, 0, at)
          chunks.push(ownMemory(chunk))
        }
        const arrived: string[] = []
        for await (const part of parseMultipart(freeReadChunks(stream(chunks)), { boundary })) {
          await using file = await receiveFile(part.body, {
            folder: tmpdir(),
            expectedBytes: 0,
            memoryBytesMax: 1e6,
          })
          arrived.push((await file.sha256).toString('hex'))
        }
        freed += chunks.filter(({ buffer }) => buffer.detached).length
        expect(arrived).toEqual(files.map((file) => createHash('sha256').update(file).digest('hex')))
      },
    ),
    { numRuns: 300 },
  )
  expect(freed).toBeGreaterThan(0)
})

test('memory that is not known to be the reader’s own is left alone', async () => {
  const chunks = [randomBytes(10_000), randomBytes(10_000), randomBytes(10_000)]
  const copies = chunks.map((chunk) => Buffer.from(chunk))
  for await (const chunk of freeReadChunks(stream(chunks))) void chunk
  expect(chunks).toEqual(copies)
})

async function* stream(chunks: readonly Uint8Array[]) {
  await Promise.resolve()
  yield* chunks
}
