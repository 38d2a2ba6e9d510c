import { closeDatabase, connectDatabase, findTenant, type Database } from '@bitewing/db'
import {
  createOrthancArchive,
  openMasterKeys,
  openObjectStore,
  type Archive,
  type MasterKeys,
} from '@bitewing/gateway/operations'
import type { Environment } from './environment.ts'

/** What commands work with; connected when first asked for. */
export type Operator = {
  environment: Environment
  /** as the schema's owner */
  db: Database
  /** the new one first, while there are two */
  masterKeys(): Promise<MasterKeys>
  /** the object store, opened at its first use */
  store(): Promise<OpenStore>
  archive(): Archive
  /** @throws when there is no such practice */
  tenant(slug: string): Promise<{ id: string; name: string }>
  close(): Promise<void>
}

type OpenStore = Awaited<ReturnType<typeof openObjectStore>>

/** A command says itself what went wrong. */
const silent = { info: () => undefined, warn: () => undefined }

export function connectOperator(environment: Environment): Operator {
  const db = connectDatabase(environment.DATABASE_OWNER_URL, 4)
  let store: Promise<OpenStore> | undefined
  let archive: Archive | undefined
  let keys: Promise<MasterKeys> | undefined
  const masterKeys = () => (keys ??= openMasterKeys(environment))
  return {
    environment,
    db,
    masterKeys,
    async store() {
      const opened = await masterKeys()
      store ??= openObjectStore(environment, { db, masterKeys: opened, process: 'cli', log: silent })
      return store
    },
    archive() {
      archive ??= createOrthancArchive({ url: environment.ORTHANC_URL })
      return archive
    },
    async tenant(slug) {
      const tenant = await findTenant(db, slug)
      if (!tenant) throw new Error(`There is no practice "${slug}".`)
      return tenant
    },
    async close() {
      await (await store?.catch(() => undefined))?.close()
      await archive?.close()
      for (const key of (await keys?.catch(() => [])) ?? []) key.close()
      await closeDatabase(db)
    },
  }
}
