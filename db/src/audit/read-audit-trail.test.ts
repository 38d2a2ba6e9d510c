import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import {
  auditActors,
  createAudit,
  createUser,
  foldName,
  readAuditTrail,
  withTenant,
  type AuditTrailFilter,
} from '../index.ts'
import { patients } from '../schema/index.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, owner, tenant } = await testDatabase()

const [north, south] = [await tenant('trail-north'), await tenant('trail-south')]
const user = (name: string, tenantId: string) =>
  createUser(owner, {
    email: `${name}@example.test`,
    name,
    password: 'a long enough password',
    isOperator: false,
    locale: 'fr',
    membership: { tenantId, role: 'dentist' },
  })
const [marc, eve] = [await user('marc', north.id), await user('eve', south.id)]
const patientId = randomUUID()
const audit = createAudit({ db })

beforeAll(async () => {
  const name = { familyName: 'Côté', givenName: 'Zoé', nameFold: foldName('Côté Zoé') }
  await withTenant(db, north.id, (tx) =>
    tx.insert(patients).values({ id: patientId, tenantId: north.id, ...name }),
  )
  const actor = { kind: 'user' as const, id: marc.id }
  const outcome = 'success' as const
  await audit.record({ tenantId: north.id, kind: 'patients.listed', outcome, actor, address: '10.0.0.7' })
  await audit.record({ tenantId: north.id, kind: 'patient.viewed', outcome, actor, patientId })
  await audit.record({
    tenantId: north.id,
    kind: 'image.received',
    outcome,
    actor: { kind: 'device', id: 'PANO1' },
    patientId,
    detail: { bytes: 5 },
  })
  await audit.record({
    tenantId: south.id,
    kind: 'patient.viewed',
    outcome: 'denied',
    actor: { kind: 'user', id: eve.id },
    patientId,
  })
})

const read = (tenantId: string, filter: AuditTrailFilter = {}, before: number | null = null, limit = 10) =>
  withTenant(db, tenantId, (tx) => readAuditTrail(tx, { filter, before, limit }))

test('entries come newest first, with names of people, machines and patients looked up', async () => {
  const entries = await read(north.id)
  expect(entries.map(({ kind, actor }) => [kind, actor.name])).toEqual([
    ['image.received', 'PANO1'],
    ['patient.viewed', 'marc'],
    ['patients.listed', 'marc'],
  ])
  expect(entries[1]?.patient).toEqual({ id: patientId, familyName: 'Côté', givenName: 'Zoé' })
  expect(entries[2]).toMatchObject({ address: '10.0.0.7', patient: null, outcome: 'success' })
  expect(entries[0]?.detail).toEqual({ bytes: 5 })
})

test('a practice reads its own trail alone, and is told no name of another', async () => {
  const [entry, ...more] = await read(south.id)
  expect(more).toEqual([])
  expect(entry).toMatchObject({ outcome: 'denied', patient: null, actor: { name: 'eve' } })
  expect(await read(south.id, { actorId: marc.id })).toEqual([])
  expect((await withTenant(db, south.id, auditActors)).map(({ name }) => name)).toEqual(['eve'])
})

test('person, patient, days and pages narrow it down', async () => {
  const kinds = async (...asked: Parameters<typeof read>) => (await read(...asked)).map(({ kind }) => kind)
  expect(await kinds(north.id, { actorId: marc.id })).toEqual(['patient.viewed', 'patients.listed'])
  expect(await kinds(north.id, { patientIds: [patientId] })).toEqual(['image.received', 'patient.viewed'])
  expect(await kinds(north.id, { patientIds: [] })).toEqual([])
  const tomorrow = new Date(Date.now() + 86_400_000)
  expect(await kinds(north.id, { from: tomorrow })).toEqual([])
  expect(await kinds(north.id, { to: tomorrow })).toHaveLength(3)
  expect(await kinds(north.id, {}, null, 2)).toEqual(['image.received', 'patient.viewed'])
  expect(await kinds(north.id, {}, 2)).toEqual(['patients.listed'])
})
