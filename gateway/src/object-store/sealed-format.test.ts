import { createHash, createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ObjectCorrupt } from './object-errors.ts'
import { collect } from './object-store-guarantees.ts'
import { sealObject } from './seal-object.ts'
import {
  assertHeader,
  chunkBytes,
  chunkCipher,
  headerBytes,
  plainBytes,
  sealedBytes,
} from './sealed-format.ts'

// Made by another implementation (Python's `cryptography`) from docs/decisions/0003-object-format.md: what one
// release stored, every later one must open.
const dataKey = createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))
const object = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  name: 'originals/22222222-2222-4222-8222-222222222222',
}
const stored = Buffer.from(
  '42574f42011200006465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283' +
    'e90993141a4367827b06a0109baa425e23852b93df2b571a',
  'hex',
)
const storedTwoChunks = {
  bytes: 262221,
  sha256: '7b5f65dfb9c0bc75cced3ab3acff8bc5b91f6af26efd450e130f75da4aadf560',
}

test('an object sealed by another implementation of the document opens', () => {
  const header = stored.subarray(0, headerBytes)
  assertHeader(header)
  const cipher = chunkCipher(dataKey, header, object)
  expect(cipher.open(stored.subarray(headerBytes), 0, true).toString()).toBe('bitewing')
  expect(() => cipher.open(stored.subarray(headerBytes), 0, false)).toThrow(ObjectCorrupt)
  expect(() => cipher.open(stored.subarray(headerBytes), 1, true)).toThrow(ObjectCorrupt)
})

test('we seal byte for byte what the other implementation seals', async () => {
  const header = stored.subarray(0, headerBytes)
  const plain = Buffer.from(Array.from({ length: chunkBytes + 5 }, (_, index) => index % 251))
  const cipher = chunkCipher(dataKey, header, object)
  async function* body() {
    yield plain
  }
  const sealed = Buffer.concat(await collect(sealObject(body(), header, cipher, () => undefined)))

  expect(sealed.length).toBe(storedTwoChunks.bytes)
  expect(createHash('sha256').update(sealed).digest('hex')).toBe(storedTwoChunks.sha256)
})

test('the plain size follows from the stored size, and sizes that no object has are refused', () => {
  fc.assert(
    fc.property(fc.nat(5 * chunkBytes), (bytes) => {
      expect(plainBytes(sealedBytes(bytes))).toBe(bytes)
    }),
  )
  const possible = new Set(Array.from({ length: 200 }, (_, bytes) => sealedBytes(bytes)))
  for (let bytes = 0; bytes < 200; bytes += 1) {
    if (possible.has(bytes)) expect(sealedBytes(plainBytes(bytes))).toBe(bytes)
    else expect(() => plainBytes(bytes)).toThrow(ObjectCorrupt)
  }
  // After a full chunk come at least a tag and one byte.
  for (let extra = 1; extra <= 16; extra += 1) {
    expect(() => plainBytes(sealedBytes(chunkBytes) + extra)).toThrow(ObjectCorrupt)
  }
})
