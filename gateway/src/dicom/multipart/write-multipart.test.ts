import { describe, expect, test } from 'vitest'
import { writeMultipart } from './write-multipart.ts'
import type { OutgoingPart } from './write-multipart.ts'

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += Buffer.from(chunk).toString('latin1')
  return text
}

const sized = (text: string, bytes = text.length) => ({
  bytes,
  async *stream() {
    yield Buffer.from(text)
  },
})

describe('writeMultipart', () => {
  const parts: OutgoingPart[] = [
    {
      contentType: 'application/octet-stream; transfer-syntax=1.2',
      headers: { 'Content-Location': 'https://x.test/frames/1' },
      body: Buffer.from('one'),
    },
    { contentType: 'application/dicom', body: sized('two') },
  ]

  test('each header begins with Content-Type, in this case', async () => {
    const { stream } = writeMultipart(parts, { boundary: 'b' })
    expect(await textOf(stream())).toBe(
      '--b\r\nContent-Type: application/octet-stream; transfer-syntax=1.2\r\nContent-Location: https://x.test/frames/1\r\n\r\none' +
        '\r\n--b\r\nContent-Type: application/dicom\r\n\r\ntwo\r\n--b--\r\n',
    )
  })

  test('a body that is in memory when it is opened leaves in one batch, and goes back as a whole', async () => {
    const given: string[] = []
    const giveBack = (piece: Uint8Array) => void given.push(Buffer.from(piece).toString())
    const pieces = ['tw', 'o'].map((text) => Buffer.from(text))
    const opened = (withPieces: boolean): OutgoingPart => ({
      contentType: 'a/b',
      body: { bytes: 3, open: async () => ({ ...(withPieces ? { pieces } : {}), ...sized('two') }) },
      giveBack,
    })
    const written = () => writeMultipart([opened(true), opened(false), opened(true)], { boundary: 'b' })
    const batches: number[] = []
    let text = ''
    for await (const { pieces, giveBack } of written().batches()) {
      batches.push(pieces.length)
      text += Buffer.concat(pieces).toString('latin1')
      giveBack?.()
    }
    expect(batches).toEqual([3, 2, 4])
    expect(given).toEqual(['tw', 'o', 'two', 'tw', 'o'])
    expect(await textOf(written().stream())).toBe(text)
    expect(await textOf(written().stream({ start: 30, end: 80 }))).toBe(text.slice(30, 81))
    const lying: OutgoingPart = {
      contentType: 'a/b',
      body: { bytes: 4, open: async () => ({ pieces, ...sized('two') }) },
    }
    const { stream } = writeMultipart([lying], { boundary: 'b' })
    await expect(textOf(stream())).rejects.toThrow(RangeError)
  })

  test('the length is known before when the parts are', async () => {
    const { contentLength, stream } = writeMultipart(parts, { boundary: 'b' })
    expect(contentLength).toBe((await textOf(stream())).length)
    async function* later() {
      yield* parts
    }
    const unknown = writeMultipart(later(), { boundary: 'b' })
    expect(unknown.contentLength).toBeNull()
    expect((await textOf(unknown.stream())).length).toBe(contentLength)
  })

  test.each([
    ['short', 2],
    ['long', 5],
  ])('a part that is too %s breaks the stream', async (_, bytes) => {
    const { stream } = writeMultipart([{ contentType: 'a/b', body: sized('two', bytes) }], { boundary: 'b' })
    await expect(textOf(stream())).rejects.toThrow(RangeError)
  })

  test('a header cannot end its line', () => {
    expect(() =>
      writeMultipart([{ contentType: 'a/b\r\nX: y', body: Buffer.alloc(0) }], { boundary: 'b' }),
    ).toThrow(RangeError)
  })
})
