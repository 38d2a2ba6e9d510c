import { randomBytes } from 'node:crypto'
import { asSystem, systemChainId, type Database } from '@bitewing/db'
import { systemKeys } from '@bitewing/db/schema'
import { z } from 'zod'
import type { BlobStore } from '../object-store/blob-store.ts'
import { unwrapDataKey, wrapDataKey, type MasterKey, type MasterKeys } from '../object-store/index.ts'

/** The keys of what belongs to no practice, 32 bytes each. They outlive the master key that wraps them. */
export type SystemKeys = {
  objects: Buffer // data key of the system's own objects
  audit: Buffer // seed of the key pair that signs
}

/** The same, each wrapped by the master key. */
export type WrappedSystemKeys = { objects: Buffer; audit: Buffer }

const KeyringJson = z.object({ version: z.literal(1), objects: z.base64(), audit: z.base64() })
/** Wrapped keys need no further sealing: what is lost with Postgres can be opened by the master key alone. */
const keyringPath = `${systemChainId}/keyring`
const keyringBytesMax = 4096

type Dependencies = { db: Database; blobs: BlobStore; masterKeys: MasterKeys }

/**
 * Opens the system's own keys: those of Postgres, else those that the object store keeps beside its objects, else new
 * ones, derived from the first master key or random. Brings both places up to each other.
 *
 * @throws {KeyUnusable} when another master key wrapped them
 */
export async function openSystemKeys({ db, blobs, masterKeys }: Dependencies): Promise<SystemKeys> {
  const inStore = await readKeyring(blobs)
  let wrapped = await readRows(db)
  if (wrapped === null) {
    // a system that knows two and never took the second over was made under the one before
    const first = masterKeys.at(-1) ?? masterKeys[0]
    const made = inStore ?? (await wrapSystemKeys(first, firstSystemKeys(first)))
    await openWrapped(made, masterKeys) // never takes over what it cannot open
    await asSystem(db, (tx) =>
      tx
        .insert(systemKeys)
        .values([
          { name: 'objects', wrapped: made.objects },
          { name: 'audit', wrapped: made.audit },
        ])
        .onConflictDoNothing(),
    )
    wrapped = await readRows(db)
    if (wrapped === null) throw new Error("the system's keys were not written")
  }
  const opened = await openWrapped(wrapped, masterKeys)
  if (!inStore?.objects.equals(wrapped.objects) || !inStore.audit.equals(wrapped.audit)) {
    await writeKeyring(blobs, wrapped)
  }
  return opened
}

export async function wrapSystemKeys(masterKey: MasterKey, keys: SystemKeys): Promise<WrappedSystemKeys> {
  return {
    objects: await wrapDataKey({ masterKey, tenantId: 'system objects', dataKey: keys.objects }),
    audit: await wrapDataKey({ masterKey, tenantId: 'system audit', dataKey: keys.audit }),
  }
}

/** @throws {KeyUnusable | KeyServiceAway} */
export async function openWrapped(
  wrapped: WrappedSystemKeys,
  masterKeys: readonly MasterKey[],
): Promise<SystemKeys> {
  return {
    objects: await unwrapDataKey({ masterKeys, tenantId: 'system objects', wrapped: wrapped.objects }),
    audit: await unwrapDataKey({ masterKeys, tenantId: 'system audit', wrapped: wrapped.audit }),
  }
}

export async function writeKeyring(blobs: BlobStore, { objects, audit }: WrappedSystemKeys): Promise<void> {
  const json = JSON.stringify({
    version: 1,
    objects: objects.toString('base64'),
    audit: audit.toString('base64'),
  })
  async function* body() {
    yield Buffer.from(json)
  }
  await blobs.put(keyringPath, body(), { ifAbsent: false, durable: true })
}

/** Null where there is none. @throws when it is there and unreadable */
export async function readKeyring(blobs: BlobStore): Promise<WrappedSystemKeys | null> {
  const read = await blobs.read(keyringPath, {
    headBytes: 0,
    start: 0,
    end: keyringBytesMax,
    pieceBytes: keyringBytesMax,
  })
  if (read === null) return null
  const piece = await read.pieces.next()
  const json = KeyringJson.parse(JSON.parse(piece?.toString('utf8') ?? ''))
  read.pieces.close()
  return { objects: Buffer.from(json.objects, 'base64'), audit: Buffer.from(json.audit, 'base64') }
}

async function readRows(db: Database): Promise<WrappedSystemKeys | null> {
  const rows = await asSystem(db, (tx) => tx.select().from(systemKeys))
  const objects = rows.find(({ name }) => name === 'objects')
  const audit = rows.find(({ name }) => name === 'audit')
  return objects && audit ? { objects: objects.wrapped, audit: audit.wrapped } : null
}

/** What releases before there was a keyring derived at each start; random where a key service has the master key. */
function firstSystemKeys(masterKey: MasterKey): SystemKeys {
  return {
    objects: masterKey.derive('bitewing system objects v1') ?? randomBytes(32),
    audit: masterKey.derive('bitewing audit heads v1') ?? randomBytes(32),
  }
}
