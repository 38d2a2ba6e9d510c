import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { generateDataKey, unwrapDataKey, wrapDataKey } from './data-key.ts'
import { KeyUnusable } from './object-errors.ts'

const masterKey = randomBytes(32)
const tenantId = '11111111-1111-4111-8111-111111111111'

test('a wrapped data key opens with its master key, for its tenant', () => {
  const dataKey = generateDataKey()
  const wrapped = wrapDataKey({ masterKey, tenantId, dataKey })
  expect(wrapped.length).toBe(69)
  expect(wrapped.includes(dataKey)).toBe(false)
  expect(unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped })).toEqual(dataKey)
  expect(unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped: new Uint8Array(wrapped) })).toEqual(
    dataKey,
  )
})

// From docs/decisions/0003-object-format.md by Python's `cryptography`.
test('a data key wrapped by another implementation of the document opens', () => {
  const wrapped = Buffer.from(
    '01faa087c101ee6f8b000102030405060708090a0bd8207dea079e42cbdeeb3cb257e7de86' +
      'c5ab19def8e4ad4a1922b6d21a954c7e606d2883cbead0d679af3d14701ab720',
    'hex',
  )
  const master = Buffer.from(Array.from({ length: 32 }, (_, index) => 200 + index))
  expect([...unwrapDataKey({ masterKeys: [master], tenantId, wrapped })]).toEqual([...Array(32).keys()])
})

test('another tenant, another master key, or any changed byte is refused', () => {
  const wrapped = wrapDataKey({ masterKey, tenantId, dataKey: generateDataKey() })
  expect(() => unwrapDataKey({ masterKeys: [masterKey], tenantId: 'other', wrapped })).toThrow(KeyUnusable)
  expect(() => unwrapDataKey({ masterKeys: [randomBytes(32)], tenantId, wrapped })).toThrow(
    'another master key',
  )
  for (let position = 0; position < wrapped.length; position += 1) {
    const changed = Buffer.from(wrapped)
    changed[position] = (changed[position] ?? 0) ^ 1
    expect(
      () => unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped: changed }),
      String(position),
    ).toThrow(KeyUnusable)
  }
  expect(() => unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped: wrapped.subarray(1) })).toThrow(
    KeyUnusable,
  )
  expect(() => unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped: Buffer.of() })).toThrow(
    KeyUnusable,
  )
})
