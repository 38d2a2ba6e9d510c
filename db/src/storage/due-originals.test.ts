import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  deletions,
  instances,
  storageTiers,
  treatmentCases,
  users,
  type StorageTier,
} from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'
import { dueOriginals, plannedMoves, type DueOriginal, type TierQuestion } from './due-originals.ts'
import { plannedSaving, storageCost } from './storage-cost.ts'
import { readStorageUsage } from './storage-usage.ts'
import { defaultTierPolicy, tierAt, tierCuts } from './tier-rules.ts'

const { db, owner, tenant } = await testDatabase()
const gib = 1024 ** 3
const now = new Date('2026-08-31T12:00:00Z')
const question: TierQuestion = {
  policy: { ...defaultTierPolicy, enabled: true },
  store: { warm: true, cold: 'after-recall' },
  now,
  bytesMin: 100,
  renditionVersion: null,
}

test('what is due is what the rule says of each, in pages without gaps, and the dry run adds up the same', async () => {
  const { id: tenantId } = await tenant('due')
  await withTenant(db, tenantId, async (tx) => {
    await addStudy(tx, tenantId, { patientId: null, instances: 60 })
    const rows = await tx.select({ id: instances.id }).from(instances)
    for (const [index, { id }] of rows.entries()) {
      await tx
        .update(instances)
        .set({
          fileBytes: gib,
          arrivedAt: new Date(now.getTime() - index * 15 * 24 * 3_600_000), // up to two years and a half
          storageTier: storageTiers[index % 3] ?? 'hot',
          heldByArchive: index % 2 === 0,
        })
        .where(eq(instances.id, id))
    }
    const cuts = tierCuts(question.policy, question.store, now)
    const expected = (await tx.select().from(instances)).flatMap((row) => {
      const target = tierAt(row.arrivedAt, cuts, row.storageTier)
      const evict = row.heldByArchive && row.arrivedAt < cuts.evict
      return target !== row.storageTier || evict ? [{ id: row.id, from: row.storageTier, target, evict }] : []
    })
    const found: DueOriginal[] = []
    for (let after: DueOriginal | null = null; ;) {
      const page: DueOriginal[] = await dueOriginals(tx, question, after, 7)
      found.push(...page)
      after = page.at(-1) ?? null
      if (page.length < 7) break
    }
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
    expect(
      found.map(({ instanceId: id, tier: from, target, evict }) => ({ id, from, target, evict })).sort(byId),
    ).toEqual(expected.sort(byId))
    expect(expected.length).toBeGreaterThan(20)

    const moves = await plannedMoves(tx, question)
    expect(moves.reduce((sum, { objects }) => sum + objects, 0)).toBe(expected.length)
    const perGibMonth = { hot: 8, warm: 4, cold: 1, orthanc: 16 }
    const price = (tier: StorageTier) => perGibMonth[tier]
    const saving = expected.reduce(
      (sum, { from, target, evict }) => sum + price(from) - price(target) + (evict ? perGibMonth.orthanc : 0),
      0,
    )
    expect(plannedSaving(moves, { perGibMonth })).toBe(saving)

    // the bill falls by just that, once it is done
    const before = storageCost(await readStorageUsage(tx), { perGibMonth })
    for (const { id, target, evict } of expected) {
      await tx
        .update(instances)
        .set({ storageTier: target, ...(evict ? { heldByArchive: false } : {}) })
        .where(eq(instances.id, id))
    }
    expect(before.total - storageCost(await readStorageUsage(tx), { perGibMonth }).total).toBe(saving)
    expect(await plannedMoves(tx, question)).toEqual([])
  })
})

test('what is small, not secured, deleted, recalled or of a patient under treatment stays', async () => {
  const { id: tenantId } = await tenant('stays')
  const userId = randomUUID()
  await owner.insert(users).values({ id: userId, email: 'stays@test', name: 'A', passwordHash: '' })
  await withTenant(owner, tenantId, async (tx) => {
    const patientId = await addPatient(tx, tenantId, {})
    await addStudy(tx, tenantId, { patientId, instances: 1 })
    const [row] = await tx.select({ id: instances.id }).from(instances)
    const old = new Date('2020-01-01')
    const set = (values: Partial<typeof instances.$inferInsert>) =>
      tx
        .update(instances)
        .set({
          fileBytes: gib,
          arrivedAt: old,
          originalState: 'secured',
          recalledUntil: null,
          deletionId: null,
          ...values,
        })
        .where(eq(instances.id, row?.id ?? ''))
    const due = async (changed: Partial<TierQuestion> = {}) =>
      (await dueOriginals(tx, { ...question, ...changed }, null, 10)).length
    await set({})
    expect(await due()).toBe(1)
    await set({ fileBytes: 99 })
    expect(await due()).toBe(0)
    await set({ originalState: 'pending' })
    expect(await due()).toBe(0)
    await set({ storageTier: 'cold', recalledUntil: new Date(now.getTime() + 1000) })
    expect(await due()).toBe(0)
    await set({ recalledUntil: new Date(now.getTime() - 1000) })
    expect(await due()).toBe(1)
    await set({ storageTier: 'hot' })
    const [deletion] = await tx
      .insert(deletions)
      .values({
        tenantId,
        level: 'study',
        studyId: randomUUID(),
        studyInstanceUid: '1.2',
        instanceCount: 1,
        bytes: 1,
        actorKind: 'system',
        purgeAfter: now,
      })
      .returning({ id: deletions.id })
    await set({ deletionId: deletion?.id ?? null })
    expect(await due()).toBe(0)

    await set({})
    await tx
      .insert(treatmentCases)
      .values({ tenantId, patientId, title: 'a', createdBy: userId, createdAt: new Date('2025-01-01') })
    expect(await due()).toBe(0)
    expect(await due({ policy: { ...question.policy, keepCases: false } })).toBe(1)
    await tx.update(treatmentCases).set({ createdAt: sql`created_at - interval '3 years'` })
    expect(await due()).toBe(1)
    // an archived image shows by its pictures alone
    expect(await dueOriginals(tx, { ...question, renditionVersion: 2 }, null, 10)).toMatchObject([
      { target: 'warm' },
    ])
  })
})
