import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createCdnAddress } from './cdn-address.ts'

const key = randomBytes(32)
const cdn = createCdnAddress({ url: 'https://cdn.example', key })
const rendition = { tenantId: '11111111-1111-4111-8111-111111111111', name: 'renditions/i/2/1/1024.webp' }
const now = new Date('2026-11-21T12:00:10Z')

const ask = (address: string, at: Date, by = cdn) => {
  const { pathname, searchParams } = new URL(address)
  return by.secondsLeft(pathname, searchParams, at)
}
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)

test('an address lives for at most a minute and no second longer', () => {
  for (let second = 0; second < 60; second++) {
    const given = after(second)
    const left = ask(cdn.of(rendition, given), given)
    expect(left).toBeGreaterThanOrEqual(30)
    expect(left).toBeLessThanOrEqual(60)
  }
  const address = cdn.of(rendition, now)
  expect(ask(address, after(49))).toBe(1)
  expect(ask(address, after(50))).toBeNull()
  expect(ask(address, after(86_400))).toBeNull()
})

test('those who ask within half a minute get the same one, so that a CDN keeps it once', () => {
  expect(cdn.of(rendition, after(19))).toBe(cdn.of(rendition, now))
  expect(cdn.of(rendition, after(20))).not.toBe(cdn.of(rendition, now))
})

test('another path, another time, another key or another signature is no address of ours', () => {
  const address = cdn.of(rendition, now)
  expect(ask(address, now)).toBe(50)
  const altered = [
    address.replace('1024', '2048'),
    address.replace('1111-4111', '2222-4111'),
    address.replace(/expires=\d+/, (expires) => `expires=${Number(expires.slice(8)) + 30}`),
    address.replace(/&signature=.*/, ''),
    address.replace(/.$/, ''),
    // as good, and another address to an edge, which would keep each
    address.replace('1024', '%31024'),
    `${address}&more=1`,
    `${address}&expires=1`,
    `${address}=`,
    address.replace(/signature=./, (before) => (before.endsWith('A') ? 'signature=B' : 'signature=A')),
  ]
  for (const one of altered) expect(ask(one, now), one).toBeNull()
  expect(ask(address, now, createCdnAddress({ url: 'https://cdn.example', key: randomBytes(32) }))).toBeNull()
})

test('an address that lives longer than we give is refused, though the key signed it', () => {
  expect(ask(cdn.of(rendition, after(31)), now)).toBeNull()
})
