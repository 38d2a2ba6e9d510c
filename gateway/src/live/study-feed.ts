import type { Database } from '@bitewing/db'
import type { Logger } from 'pino'
import { z } from 'zod'

const Notice = z.object({
  tenantId: z.string(),
  studyInstanceUid: z.string(),
  patientId: z.string().nullable(),
})

export type StudyNotice = { studyInstanceUid: string; patientId: string | null }
export type StudyFeed = {
  /** Calls `hear` for each study of the practice that came or grew, at most a few times a second per study. */
  subscribe(tenantId: string, hear: (study: StudyNotice) => void): () => void
  close(): Promise<void>
}

/** A series of 200 images is 200 commits; pages need to hear of it now and then, not 200 times. */
const quietMs = 300

/** Follows Postgres notifications on one connection for all open pages; it reconnects by itself. */
export async function createStudyFeed({ db, log }: { db: Database; log: Logger }): Promise<StudyFeed> {
  const listeners = new Map<string, Set<(study: StudyNotice) => void>>()
  const waiting = new Map<string, NodeJS.Timeout>()

  const listening = await db.client.listen('bitewing_studies', (payload) => {
    const notice = Notice.safeParse(JSON.parse(payload))
    if (!notice.success) {
      log.warn('a study notice was not readable')
      return
    }
    const { tenantId, ...study } = notice.data
    const key = `${tenantId} ${study.studyInstanceUid}`
    if (!listeners.has(tenantId) || waiting.has(key)) return
    const tell = () => {
      waiting.delete(key)
      for (const hear of listeners.get(tenantId) ?? []) hear(study)
    }
    waiting.set(key, setTimeout(tell, quietMs))
  })

  return {
    subscribe(tenantId, hear) {
      const ofTenant = listeners.get(tenantId) ?? new Set()
      listeners.set(tenantId, ofTenant.add(hear))
      return () => {
        ofTenant.delete(hear)
        if (ofTenant.size === 0) listeners.delete(tenantId)
      }
    },
    async close() {
      for (const timer of waiting.values()) clearTimeout(timer)
      await listening.unlisten().catch(() => {})
    },
  }
}
