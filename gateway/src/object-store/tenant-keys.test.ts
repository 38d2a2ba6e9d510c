import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { generateDataKey, wrapDataKey } from './data-key.ts'
import { KeyUnusable } from './object-errors.ts'
import { createTenantKeys } from './tenant-keys.ts'

const masterKey = randomBytes(32)

function tenants() {
  const wrapped = new Map<string, Uint8Array>()
  const loads: string[] = []
  return {
    loads,
    wrapped,
    add: (tenantId: string) => {
      const dataKey = generateDataKey()
      wrapped.set(tenantId, wrapDataKey({ masterKey, tenantId, dataKey }))
      return dataKey
    },
    loadWrapped: async (tenantId: string) => {
      loads.push(tenantId)
      return wrapped.get(tenantId) ?? null
    },
  }
}

test('each tenant gets its own key, loaded once however many ask', async () => {
  const { add, loadWrapped, loads } = tenants()
  const [a, b] = [add('a'), add('b')]
  const keyOf = createTenantKeys({ masterKeys: [masterKey], loadWrapped })
  expect(await Promise.all([keyOf('a'), keyOf('b'), keyOf('a')])).toEqual([a, b, a])
  expect(await keyOf('a')).toEqual(a)
  expect(loads).toEqual(['a', 'b'])
})

test('the keys used last are kept, the others loaded again', async () => {
  const { add, loadWrapped, loads } = tenants()
  for (const tenantId of ['a', 'b', 'c']) add(tenantId)
  const keyOf = createTenantKeys({ masterKeys: [masterKey], loadWrapped, keysMax: 2 })
  for (const tenantId of ['a', 'b', 'a', 'c', 'a', 'b']) await keyOf(tenantId)
  expect(loads).toEqual(['a', 'b', 'c', 'b'])
})

test('a destroyed key ends to work once its age is over', async () => {
  const { add, loadWrapped, wrapped } = tenants()
  add('a')
  const keyOf = createTenantKeys({ masterKeys: [masterKey], loadWrapped, ageMsMax: 0 })
  await keyOf('a')
  wrapped.delete('a')
  await expect(keyOf('a')).rejects.toThrow(KeyUnusable)
})

test('a failure is not kept', async () => {
  const { add, loadWrapped } = tenants()
  const keyOf = createTenantKeys({ masterKeys: [masterKey], loadWrapped })
  await expect(keyOf('a')).rejects.toThrow(KeyUnusable)
  const key = add('a')
  expect(await keyOf('a')).toEqual(key)
})
