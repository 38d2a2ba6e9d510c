import type { KeyObject } from 'node:crypto'
import { asSystem, withTenant, type Database } from '@bitewing/db'
import { sql } from 'drizzle-orm'
import type { ObjectStore } from '../object-store/object-store.ts'
import { readObject, writeObject } from './small-object.ts'
import { readManifest, signManifest } from './signed-manifest.ts'
import { describeTenant, tenantManifestName } from './tenant-manifest.ts'

type Dependencies = {
  db: Database
  objectStore: ObjectStore
  signingKey: { privateKey: KeyObject; publicKey: KeyObject }
}

/**
 * Makes a function that brings the signed manifest of every practice in the object store up to date, and says how many
 * it wrote. What it wrote it does not read again.
 */
export function createTenantNotes({ db, objectStore, signingKey }: Dependencies): () => Promise<number> {
  const written = new Map<string, string>()

  return async () => {
    const { rows } = await asSystem(db, (tx) =>
      tx.execute<{ id: string }>(sql`SELECT id FROM door_tenants()`),
    )
    let count = 0
    for (const { id } of rows) {
      const object = tenantManifestName(id)
      const wrote = await withTenant(db, id, async (tx) => {
        const tenant = await describeTenant(tx, id)
        if (tenant === null) return false
        const body = JSON.stringify(tenant)
        if (!written.has(id)) {
          const text = await readObject(objectStore, object).catch(() => null)
          if (text !== null) written.set(id, bodyOf(object.name, text, signingKey.publicKey))
        }
        if (written.get(id) === body) return false
        // the lock of `describeTenant` is held: no key reaches the store after it was destroyed
        await writeObject(objectStore, object, signManifest(object.name, body, signingKey.privateKey))
        written.set(id, body)
        return true
      })
      if (wrote) count++
    }
    return count
  }
}

/** The body as it would be written; '' for one that is damaged or not ours, and so is written anew. */
function bodyOf(name: string, text: string, publicKey: KeyObject): string {
  try {
    return JSON.stringify(readManifest(name, text, publicKey))
  } catch {
    return ''
  }
}
