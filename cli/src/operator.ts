import { closeDatabase, connectDatabase, findTenant, type Database } from '@bitewing/db'
import { openObjectStore, readMasterKey, type ObjectStore } from '@bitewing/gateway/operations'
import type { Environment } from './environment.ts'

/** What commands work with; connected when first asked for. */
export type Operator = {
  environment: Environment
  /** as the schema's owner */
  db: Database
  masterKey(): Promise<Buffer>
  objectStore(): Promise<ObjectStore>
  /** @throws when there is no such practice */
  tenant(slug: string): Promise<{ id: string; name: string }>
  close(): Promise<void>
}

export function connectOperator(environment: Environment): Operator {
  const db = connectDatabase(environment.DATABASE_OWNER_URL, 4)
  let store: ReturnType<typeof openObjectStore> | undefined
  const masterKey = () => readMasterKey(environment)
  return {
    environment,
    db,
    masterKey,
    async objectStore() {
      store ??= openObjectStore(environment, db, await masterKey())
      return (await store).objectStore
    },
    async tenant(slug) {
      const tenant = await findTenant(db, slug)
      if (!tenant) throw new Error(`There is no practice "${slug}".`)
      return tenant
    },
    async close() {
      if (store) (await store).close()
      await closeDatabase(db)
    },
  }
}
