import { expect, test } from 'vitest'
import { encodeMessage, messageReader } from './message.ts'

const frame = Uint8Array.from({ length: 1001 }, (_, index) => index % 251)
const words = Uint16Array.of(1, 2, 65535)
const message = { kind: 'décoder', frame: { bytes: frame }, lut: words, more: [null, 1.5, 'x'] }
const encoded = Buffer.concat(encodeMessage(message))

test('a message comes through in pieces of any size, out of a buffer that is used again', () => {
  for (const size of [1, 3, 4, 7, 100, encoded.length * 2]) {
    const got: unknown[] = []
    const { push } = messageReader(1_000_000, (one) => got.push(one))
    const two = Buffer.concat([encoded, encoded])
    const shared = Buffer.alloc(size)
    for (let at = 0; at < two.length; at += size) {
      const bytes = two.copy(shared, 0, at, at + size)
      push(shared.subarray(0, bytes))
      shared.fill(0)
    }
    expect(got, String(size)).toHaveLength(2)
    for (const one of got) {
      expect(one).toMatchObject({ kind: 'décoder', more: [null, 1.5, 'x'] })
      const { frame, lut } = one as { frame: { bytes: Uint8Array }; lut: Uint16Array } // what was sent
      expect([...frame.bytes]).toEqual([...message.frame.bytes])
      expect([...lut]).toEqual([...words])
    }
  }
})

test('samples of two bytes lie where they can be read without a copy, however long the text before them', () => {
  for (let length = 0; length < 9; length++) {
    const { push } = messageReader(1_000_000, (one) => {
      const { bytes } = one as { bytes: Uint8Array } // what was sent
      expect(bytes.byteOffset % 8).toBe(0)
    })
    push(Buffer.concat(encodeMessage({ text: 'é'.repeat(length), bytes: frame })))
  }
  expect.assertions(9)
})

test('a message over the limit or with an impossible number of parts is refused before its bytes come', () => {
  const push = () => messageReader(500, () => expect.unreachable()).push
  expect(() => push()(encoded)).toThrow('over the limit')
  expect(() => push()(Buffer.from('00000000', 'hex'))).toThrow('impossible')
  expect(() => push()(Buffer.from('ffffffff', 'hex'))).toThrow('impossible')
})

test('a length that is only claimed takes no memory', () => {
  const before = process.memoryUsage().arrayBuffers
  const { push } = messageReader(Number.MAX_SAFE_INTEGER, () => expect.unreachable())
  push(Buffer.from('01000000ffffffff', 'hex'))
  push(Buffer.alloc(100))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024)
})

test('bytes that are read where they belong make the same messages, in memory that is used again', () => {
  const got: unknown[] = []
  const reader = messageReader(1_000_000, (one) => {
    got.push(structuredClone(one))
    reader.giveBack()
  })
  const three = Buffer.concat([encoded, Buffer.concat(encodeMessage({ short: words })), encoded])
  for (let at = 0; at < three.length;) {
    const room = reader.room()
    expect(room.length).toBeGreaterThan(0)
    const bytes = three.copy(room, 0, at, Math.min(at + 100, at + room.length))
    at += bytes
    reader.taken(bytes)
  }
  expect(got).toEqual([message, { short: words }, message])
})

test('memory that is used again holds nothing of the message before, nor is a large one kept for a small message', () => {
  const got: Uint8Array[] = []
  const reader = messageReader(1_000_000, (one) => {
    got.push((one as { bytes: Uint8Array }).bytes) // what was sent
    reader.giveBack()
  })
  const send = (bytes: number, value: number) =>
    reader.push(Buffer.concat(encodeMessage({ bytes: Buffer.alloc(bytes, value) })))
  send(1000, 1)
  send(900, 2)
  send(100, 3)
  const [first, second, third] = got
  if (!first || !second || !third) throw new Error('three were sent')
  expect(second.buffer).toBe(first.buffer)
  expect([...new Uint8Array(second.buffer, second.byteOffset + 900)].filter((byte) => byte !== 0)).toEqual([])
  expect(third.buffer).not.toBe(second.buffer)
})
