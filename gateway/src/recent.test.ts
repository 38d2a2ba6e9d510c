import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecent } from './recent.ts'

const bytesOf = ({ byteLength }: Buffer) => byteLength

test('what is kept is what was put last, and never more than may be', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          does: fc.constantFrom('get', 'put', 'delete'),
          name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
          size: fc.integer({ min: 0, max: 12 }),
        }),
        { maxLength: 60 },
      ),
      (steps) => {
        const recent = createRecent({ bytesOf, bytesMax: 20, entryBytesMax: 10, ageMsMax: 60_000 })
        const last = new Map<string, Buffer>()
        for (const [index, { does, name, size }] of steps.entries()) {
          const bytes = Buffer.alloc(size, index)
          if (does === 'put') {
            recent.put(name, bytes)
            last.set(name, bytes)
          } else if (does === 'delete') {
            recent.delete(name)
            last.delete(name)
          } else {
            const found = recent.get(name)
            if (found) expect(found).toBe(last.get(name))
          }
          const held = ['a', 'b', 'c', 'd', 'e'].map((one) => recent.get(one)?.byteLength ?? 0)
          expect(held.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(20)
          expect(Math.max(...held)).toBeLessThanOrEqual(10)
        }
      },
    ),
  )
})

test('what nobody asked for longest goes first, and all goes in the end', async () => {
  const recent = createRecent({ bytesOf, bytesMax: 20, entryBytesMax: 10, ageMsMax: 60_000 })
  for (const name of ['a', 'b']) recent.put(name, Buffer.alloc(10, name))
  expect(recent.get('a')?.toString()).toBe('aaaaaaaaaa')
  recent.put('c', Buffer.alloc(10))
  expect([recent.get('a'), recent.get('b')].map((one) => one !== undefined)).toEqual([true, false])

  const brief = createRecent({ bytesOf, bytesMax: 20, entryBytesMax: 10, ageMsMax: 30 })
  brief.put('a', Buffer.alloc(10))
  await expect.poll(() => brief.get('a'), { interval: 5 }).toBeUndefined() // however often it is asked for
})
