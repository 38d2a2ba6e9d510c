import { randomBytes } from 'node:crypto'
import {
  askInTenant,
  closeDatabase,
  connectDatabase,
  createTenant,
  databaseState,
  withTenant,
  type Database,
} from '@bitewing/db'
import { studies } from '@bitewing/db/schema'
import { startPostgres, type TestDatabase, type TestPostgres } from '@bitewing/testbed'
import { eq, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { searchStudies } from '../study-index/search-studies.ts'
import { createKeptAnswers } from './kept-answers.ts'

let postgres: TestPostgres
let database: TestDatabase
let db: Database
let owner: Database
const practices: string[] = []

beforeAll(async () => {
  postgres = await startPostgres()
  database = await postgres.createDatabase()
  db = connectDatabase(database.appUrl, 4)
  owner = connectDatabase(database.ownerUrl, 1)
  for (const slug of ['north', 'south']) {
    const wrapDataKey = () => randomBytes(60)
    const made = await createTenant(owner, { slug, name: slug, aeTitle: slug.toUpperCase(), wrapDataKey })
    practices.push(made.id)
  }
})
afterAll(async () => {
  await closeDatabase(db)
  await closeDatabase(owner)
  await database.drop()
  await postgres.stop()
})

/** Searches of a practice as the route makes them, and how many of them reached the index. */
function searching() {
  const keptAnswer = createKeptAnswers({ db })
  const told = { searches: 0 }
  const search = async (tenantId: string, day: string | null) => {
    const where = day === null ? undefined : eq(studies.studyDate, day)
    const { json, remaining } = await keptAnswer(tenantId, `day ${day}`, async () => {
      told.searches++
      const { rows, ...found } = await searchStudies(db, tenantId, where, { limit: 3, offset: 0 }, false)
      return { ...found, json: Buffer.from(JSON.stringify(rows.map(({ id }) => id))) }
    })
    return { ids: JSON.parse(json.toString()) as string[], remaining } // made above
  }
  return { search, told }
}

const days = ['2024-01-01', '2024-01-02'] as const
const uid = () => `2.25.${BigInt(`0x${randomBytes(12).toString('hex')}`)}`
const row = (tenantId: string, studyDate: string) =>
  ({ tenantId, studyInstanceUid: uid(), matchState: 'unmatched', studyDate, attributes: {} }) as const

/** What a search must give, without anything kept. */
async function truth(tenantId: string, day: string | null) {
  const all = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ id: studies.id })
      .from(studies)
      .where(day === null ? undefined : eq(studies.studyDate, day))
      .orderBy(sql`${studies.studyDate} DESC NULLS LAST, ${studies.id}`),
  )
  const ids = all.map(({ id }) => id)
  return { ids: ids.slice(0, 3), remaining: Math.max(0, ids.length - 3) }
}

beforeEach(async () => {
  for (const id of practices) await withTenant(db, id, (tx) => tx.delete(studies))
})

test('the same search is answered from memory while nothing is committed', async () => {
  const [north = '', south = ''] = practices
  await withTenant(db, north, (tx) => tx.insert(studies).values(row(north, days[0])))
  const { search, told } = searching()
  const first = await search(north, null)
  expect(first.ids).toHaveLength(1)
  // others use the cluster of a test run, and what they commit counts too
  await expect
    .poll(async () => {
      const before = told.searches
      await search(north, null)
      return told.searches - before
    })
    .toBe(0)
  expect(await search(north, null)).toEqual(first)
  expect(await search(south, null)).toEqual({ ids: [], remaining: 0 })
})

test('whatever is committed, in whichever practice, the next search shows it, and nothing that is not', async () => {
  const step = fc.record({
    does: fc.constantFrom('search', 'search', 'insert', 'update', 'delete', 'begin', 'commit', 'roll back'),
    who: fc.integer({ min: 0, max: 1 }),
    day: fc.constantFrom(...days),
    searched: fc.constantFrom(null, ...days),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      for (const id of practices) await withTenant(db, id, (tx) => tx.delete(studies))
      const { search } = searching()
      // one transaction of each practice may be under way while others search
      const open = new Map<string, { end(commit: boolean): Promise<void> }>()
      const begin = async (tenantId: string, day: string) => {
        const begun = Promise.withResolvers<void>()
        const ended = Promise.withResolvers<boolean>()
        const work = withTenant(db, tenantId, async (tx) => {
          await tx.insert(studies).values(row(tenantId, day))
          begun.resolve()
          if (!(await ended.promise)) throw new Error('rolled back')
        }).catch(() => begun.resolve())
        await begun.promise
        return {
          end: async (commit: boolean) => {
            ended.resolve(commit)
            await work
          },
        }
      }
      try {
        for (const { does, who, day, searched } of steps) {
          const tenantId = practices[who] ?? ''
          const held = open.get(tenantId)
          if (does === 'search') {
            expect(await search(tenantId, searched)).toEqual(await truth(tenantId, searched))
          } else if (does === 'begin') {
            if (!held) open.set(tenantId, await begin(tenantId, day))
          } else if (does === 'commit' || does === 'roll back') {
            await held?.end(does === 'commit')
            open.delete(tenantId)
          } else {
            await withTenant(db, tenantId, async (tx) => {
              if (does === 'insert') await tx.insert(studies).values(row(tenantId, day))
              else if (does === 'update') {
                await tx.execute(
                  sql`UPDATE studies SET study_date = ${day} WHERE id IN (SELECT id FROM studies LIMIT 1)`,
                )
              } else await tx.execute(sql`DELETE FROM studies WHERE id IN (SELECT id FROM studies LIMIT 1)`)
            })
          }
          // asked before it was committed, and again after it
          for (const id of practices) expect(await search(id, searched)).toEqual(await truth(id, searched))
        }
      } finally {
        for (const one of open.values()) await one.end(false)
      }
    }),
    { numRuns: 12 },
  )
})

test('an answer that was made while something was committed is of no state, and is not kept', async () => {
  const [north = ''] = practices
  const keptAnswer = createKeptAnswers({ db })
  let made = 0
  const ask = (state: string | null) =>
    keptAnswer(north, 'a', () => {
      made++
      return Promise.resolve({ json: Buffer.from('[]'), remaining: 0, state })
    })
  for (let round = 1; round <= 3; round++) {
    await ask(null)
    expect(made).toBe(round)
  }
  // of another state than the one that the database stands at
  const [[now] = []] = await askInTenant(db, north, [databaseState])
  await ask(`${String(now?.['state'])}0`)
  await ask(null)
  expect(made).toBe(5)
})
