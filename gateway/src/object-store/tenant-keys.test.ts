import { randomBytes, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { generateDataKey, wrapDataKey } from './data-key.ts'
import { createLocalMasterKey } from './local-master-key.ts'
import { KeyUnusable } from './object-errors.ts'
import { createTenantKeys } from './tenant-keys.ts'

const masterKey = createLocalMasterKey(randomBytes(32))

function tenants() {
  const wrapped = new Map<string, Uint8Array>()
  const loads: string[] = []
  return {
    loads,
    wrapped,
    add: async (tenantId: string) => {
      const dataKey = generateDataKey()
      wrapped.set(tenantId, await wrapDataKey({ masterKey, tenantId, dataKey }))
      return dataKey
    },
    loadWrapped: async (tenantId: string) => {
      loads.push(tenantId)
      return wrapped.get(tenantId) ?? null
    },
  }
}

async function bytesOf(...keys: Promise<KeyObject>[]): Promise<Buffer[]> {
  return (await Promise.all(keys)).map((key) => key.export())
}

test('each tenant gets its own key, loaded once however many ask', async () => {
  const { add, loadWrapped, loads } = tenants()
  const [a, b] = [await add('a'), await add('b')]
  const keyOf = createTenantKeys({ masterKeys: [masterKey], loadWrapped })
  expect(await bytesOf(keyOf('a'), keyOf('b'), keyOf('a'))).toEqual([a, b, a])
  expect(await bytesOf(keyOf('a'))).toEqual([a])
  expect(loads).toEqual(['a', 'b'])
})

test('the keys used last are kept, the others loaded again', async () => {
  const { add, loadWrapped, loads } = tenants()
  for (const tenantId of ['a', 'b', 'c']) await add(tenantId)
  const keyOf = createTenantKeys({ masterKeys: [masterKey], loadWrapped, keysMax: 2 })
  for (const tenantId of ['a', 'b', 'a', 'c', 'a', 'b']) await keyOf(tenantId)
  expect(loads).toEqual(['a', 'b', 'c', 'b'])
})

test('a destroyed key ends to work once its age is over', async () => {
  const { add, loadWrapped, wrapped } = tenants()
  await add('a')
  const keyOf = createTenantKeys({ masterKeys: [masterKey], loadWrapped, ageMsMax: 0 })
  await keyOf('a')
  wrapped.delete('a')
  await expect(keyOf('a')).rejects.toThrow(KeyUnusable)
})

test('a failure is not kept', async () => {
  const { add, loadWrapped } = tenants()
  const keyOf = createTenantKeys({ masterKeys: [masterKey], loadWrapped })
  await expect(keyOf('a')).rejects.toThrow(KeyUnusable)
  const key = await add('a')
  expect(await bytesOf(keyOf('a'))).toEqual([key])
})

test('a key that is loaded again unchanged is not unwrapped again, until its own age is over', async () => {
  const { add, loadWrapped } = tenants()
  const first = await add('a')
  let unwrapped = 0
  const counting = {
    ...masterKey,
    unwrap: (wrapped: Uint8Array, boundTo: string) => {
      unwrapped++
      return masterKey.unwrap(wrapped, boundTo)
    },
  }
  const keyOf = createTenantKeys({ masterKeys: [counting], loadWrapped, ageMsMax: 0 })
  for (let time = 0; time < 3; time++) expect(await bytesOf(keyOf('a'))).toEqual([first])
  expect(unwrapped).toBe(1)

  const second = await add('a') // another wrapped key is another key
  expect(await bytesOf(keyOf('a'))).toEqual([second])
  expect(unwrapped).toBe(2)

  const short = createTenantKeys({ masterKeys: [counting], loadWrapped, ageMsMax: 0, unwrappedMsMax: 0 })
  for (let time = 0; time < 3; time++) await short('a')
  expect(unwrapped).toBe(5)
})
