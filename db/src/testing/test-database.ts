import { randomBytes } from 'node:crypto'
import { startPostgres } from '@bitewing/testbed'
import { afterAll } from 'vitest'
import { closeDatabase, connectDatabase, type Database } from '../database.ts'
import { createTenant } from '../operator/create-tenant.ts'

export type DatabaseOfTests = {
  /** as the apps connect */
  db: Database
  /** as the schema's owner */
  owner: Database
  tenant: (slug: string) => ReturnType<typeof createTenant>
}

/** A migrated database of a test file's own, gone with it. */
export async function testDatabase({ connections = 2 } = {}): Promise<DatabaseOfTests> {
  const cluster = await startPostgres()
  const database = await cluster.createDatabase()
  const owner = connectDatabase(database.ownerUrl, 2)
  const db = connectDatabase(database.appUrl, connections)
  afterAll(async () => {
    await Promise.all([closeDatabase(owner), closeDatabase(db)])
    await database.drop()
    await cluster.stop()
  })
  const tenant = (slug: string) =>
    createTenant(owner, { slug, name: slug, aeTitle: slug.toUpperCase(), wrapDataKey: () => randomBytes(60) })
  return { db, owner, tenant }
}
