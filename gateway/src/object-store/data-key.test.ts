import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { generateDataKey, unwrapDataKey, wrapDataKey } from './data-key.ts'
import { createLocalMasterKey } from './local-master-key.ts'
import type { MasterKey } from './master-key.ts'
import { KeyUnusable } from './object-errors.ts'

const masterKey = createLocalMasterKey(randomBytes(32))
const tenantId = '11111111-1111-4111-8111-111111111111'

test('a wrapped data key opens with its master key, for its tenant', async () => {
  const dataKey = generateDataKey()
  const wrapped = await wrapDataKey({ masterKey, tenantId, dataKey })
  expect(wrapped.length).toBe(69)
  expect(wrapped.includes(dataKey)).toBe(false)
  expect(await unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped })).toEqual(dataKey)
  expect(
    await unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped: new Uint8Array(wrapped) }),
  ).toEqual(dataKey)
})

// From docs/decisions/0003-object-format.md by Python's `cryptography`.
test('a data key wrapped by another implementation of the document opens', async () => {
  const wrapped = Buffer.from(
    '01faa087c101ee6f8b000102030405060708090a0bd8207dea079e42cbdeeb3cb257e7de86' +
      'c5ab19def8e4ad4a1922b6d21a954c7e606d2883cbead0d679af3d14701ab720',
    'hex',
  )
  const master = createLocalMasterKey(Buffer.from(Array.from({ length: 32 }, (_, index) => 200 + index)))
  expect([...(await unwrapDataKey({ masterKeys: [master], tenantId, wrapped }))]).toEqual([
    ...Array(32).keys(),
  ])
})

test('another tenant, another master key, or any changed byte is refused', async () => {
  const wrapped = await wrapDataKey({ masterKey, tenantId, dataKey: generateDataKey() })
  const open = (given: { tenantId?: string; wrapped?: Uint8Array; masterKeys?: MasterKey[] }) =>
    unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped, ...given })
  await expect(open({ tenantId: 'other' })).rejects.toThrow(KeyUnusable)
  const another = createLocalMasterKey(randomBytes(32))
  await expect(open({ masterKeys: [another] })).rejects.toThrow('another master key')
  for (let position = 0; position < wrapped.length; position += 1) {
    const changed = Buffer.from(wrapped)
    changed[position] = (changed[position] ?? 0) ^ 1
    await expect(open({ wrapped: changed }), String(position)).rejects.toThrow(KeyUnusable)
  }
  for (const cut of [wrapped.subarray(1), wrapped.subarray(0, -1), wrapped.subarray(0, 9), Buffer.of()]) {
    await expect(open({ wrapped: cut })).rejects.toThrow(KeyUnusable)
  }
})
