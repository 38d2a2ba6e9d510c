import { randomBytes } from 'node:crypto'
import { startPostgres, type TestDatabase, type TestPostgres } from '@bitewing/testbed'
import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { closeDatabase, connectDatabase, type Database } from '../database.ts'
import { createTenant } from '../operator/create-tenant.ts'
import { auditEvents } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { createAudit } from './audit.ts'

let postgres: TestPostgres
let database: TestDatabase
let db: Database
let tenantId: string

beforeAll(async () => {
  postgres = await startPostgres()
  database = await postgres.createDatabase()
  db = connectDatabase(database.appUrl, 2)
  const owner = connectDatabase(database.ownerUrl, 1)
  const practice = { slug: 'audit', name: 'Audit', aeTitle: 'AUDIT', wrapDataKey: () => randomBytes(60) }
  tenantId = (await createTenant(owner, practice)).id
  await closeDatabase(owner)
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
  await postgres.stop()
})

const details = () =>
  withTenant(db, tenantId, async (tx) => {
    const rows = await tx
      .select({ detail: auditEvents.detail })
      .from(auditEvents)
      .where(eq(auditEvents.kind, 'images.retrieved'))
      .orderBy(asc(auditEvents.position))
    return rows.map(({ detail }) => detail)
  })

test('what leaves after the window has closed is counted too, and a further access is opened anew', async () => {
  const audit = createAudit({ db, accessWindowMs: 20 })
  const event = {
    tenantId,
    kind: 'images.retrieved',
    outcome: 'success',
    actor: { kind: 'token', id: 'a token' },
  } as const
  const download = await audit.access(event)
  download.count({ instances: 1, bytes: 10 })
  await vi.waitFor(async () => expect(await details()).toHaveLength(2), 50_000)

  download.count({ instances: 2, bytes: 20 })
  await audit.access(event)
  download.count({ instances: 3, bytes: 30 })
  await audit.close()

  const all = await details()
  expect(all.filter(({ closed }) => closed !== true)).toHaveLength(2)
  const sum = (name: string) => all.reduce((total, detail) => total + Number(detail[name] ?? 0), 0)
  expect([sum('instances'), sum('bytes')]).toEqual([6, 60])
})

test('refusals of one actor from ever other addresses do not fill the log', async () => {
  const audit = createAudit({ db })
  for (let host = 0; host < 60; host++) {
    await audit.access({
      tenantId,
      kind: 'access.denied',
      outcome: 'denied',
      actor: { kind: 'token', id: 'a scanner' },
      address: `2001:db8::${host}`,
      detail: { reason: 'absent' },
    })
  }
  await audit.close()
  const rows = await withTenant(db, tenantId, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.actorId, 'a scanner')),
  )
  expect(rows).toHaveLength(22)
  expect(rows.at(-1)).toMatchObject({ address: null, detail: { addresses: 'many', requests: 40 } })
})
