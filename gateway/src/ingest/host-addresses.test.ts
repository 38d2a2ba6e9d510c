import { expect, test } from 'vitest'
import { createHostAddresses, plainAddress } from './host-addresses.ts'

const log = { warn: () => undefined }

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:c000:207', '192.0.2.7'],
  ['2001:0DB8:0:0::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['no address', 'no address'],
])('one address has one form: %s', (given, plain) => {
  expect(plainAddress(given)).toBe(plain)
})

test('an address is itself, and nobody is asked', async () => {
  const resolve = () => Promise.reject(new Error('asked'))
  const addresses = createHostAddresses({ log, resolve })
  expect(await addresses(' 192.0.2.7 ')).toEqual(new Set(['192.0.2.7']))
})

test('a name is asked once in a while; the last answer counts while the resolver is away', async () => {
  let asked = 0
  let answers: (() => Promise<{ address: string }[]>)[] = []
  const resolve = () => {
    asked++
    return answers.shift()?.() ?? Promise.reject(new Error('away'))
  }
  answers = [() => Promise.resolve([{ address: '::ffff:192.0.2.7' }, { address: '2001:db8::7' }])]
  const kept = createHostAddresses({ log, resolve, keptMs: 3_600_000 })
  const found = new Set(['192.0.2.7', '2001:db8::7'])
  expect(await kept('pano.test')).toEqual(found)
  expect(await kept('pano.test')).toEqual(found)
  expect(asked).toBe(1)

  answers = [() => Promise.resolve([{ address: '192.0.2.8' }])]
  const fresh = createHostAddresses({ log, resolve, keptMs: 0 })
  expect(await fresh('pano.test')).toEqual(new Set(['192.0.2.8']))
  expect(await fresh('pano.test')).toEqual(new Set(['192.0.2.8'])) // away by now
})

test('a resolver that never answers holds up one arrival for a moment, and then none', async () => {
  let asked = 0
  const resolve = () => {
    asked++
    return new Promise<never>(() => undefined)
  }
  const addresses = createHostAddresses({ log, resolve, timeoutMs: 20, keptMs: 3_600_000 })
  for (let arrival = 0; arrival < 5; arrival++) expect(await addresses('pano.test')).toBeNull()
  expect(asked).toBe(1)
})
