import { askInTenant, type Database } from '@bitewing/db'
import type { HeldContent } from './arrived-instance.ts'

type Asking = { uid: string; resolve(held: HeldContent | null): void; reject(reason: unknown): void }

const togetherMax = 100
const queues = new WeakMap<Database, Map<string, Asking[]>>()

// UIDs are digits and dots (`isUid`)
const question = `SELECT sop_instance_uid AS uid, id, study_id, transfer_syntax_uid AS syntax, encode(file_sha256, 'hex') AS sha256,
  encode(data_set_digest, 'hex') AS digest
  FROM instances WHERE tenant_id = $1 AND sop_instance_uid = ANY (string_to_array($2, ' '))`

/**
 * What the practice holds under a SOP Instance UID already; null when nothing.
 *
 * The first question goes at once; those that come for the same practice while it is under way go together in the
 * next. None is answered from what was asked before it came.
 *
 * @param sopInstanceUid a UID, checked
 */
export function findHeld(
  db: Database,
  tenantId: string,
  sopInstanceUid: string,
): Promise<HeldContent | null> {
  const ofDatabase = queues.get(db) ?? new Map<string, Asking[]>()
  queues.set(db, ofDatabase)
  return new Promise((resolve, reject) => {
    const asking = { uid: sopInstanceUid, resolve, reject }
    const waiting = ofDatabase.get(tenantId)
    if (waiting) {
      waiting.push(asking)
      return
    }
    const queue = [asking]
    ofDatabase.set(tenantId, queue)
    void drain(queue)
  })

  async function drain(queue: Asking[]): Promise<void> {
    while (queue.length > 0) await askTogether(queue.splice(0, togetherMax))
    ofDatabase.delete(tenantId)
  }

  async function askTogether(some: Asking[]): Promise<void> {
    try {
      const uids = some.map(({ uid }) => uid).join(' ')
      const [rows = []] = await askInTenant(db, tenantId, [{ text: question, values: [tenantId, uids] }])
      const held = new Map(
        rows.map(({ uid, id, study_id, syntax, sha256, digest }): [string, HeldContent] => [
          String(uid),
          {
            instanceId: String(id),
            studyId: String(study_id),
            transferSyntaxUid: String(syntax),
            fileSha256: Buffer.from(String(sha256), 'hex'),
            dataSetDigest: typeof digest === 'string' ? digest : null,
          },
        ]),
      )
      for (const { uid, resolve } of some) resolve(held.get(uid) ?? null)
    } catch (error) {
      for (const { reject } of some) reject(error)
    }
  }
}
