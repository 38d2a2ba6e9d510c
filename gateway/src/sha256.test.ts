import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha256 } from './sha256.ts'

// FIPS 180-4, example of NIST's for a message of one block
test('the hash of "abc"', async () => {
  const hash = await sha256(new TextEncoder().encode('abc'))
  expect(hash.toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test.each([0, 1024 * 1024, 1024 * 1024 + 1])(
  '%i bytes have one hash, whichever thread makes it',
  async (length) => {
    const memory = Buffer.alloc(length + 7, 'bitewing')
    const bytes = new Uint8Array(memory.buffer, memory.byteOffset + 3, length)
    expect(await sha256(bytes)).toEqual(createHash('sha256').update(bytes).digest())
  },
)

test('many short ones in one turn of the event loop do not keep it: a timer has its turn before the last is there', async () => {
  const fragment = new Uint8Array(512 * 1024)
  const order: string[] = []
  const all = Array.from({ length: 40 }, () => sha256(fragment))
  setImmediate(() => order.push('another turn'))
  await Promise.all(all)
  order.push('the last hash')
  expect(order).toEqual(['another turn', 'the last hash'])
  expect(new Set((await Promise.all(all)).map((hash) => hash.toString('hex'))).size).toBe(1)
})
