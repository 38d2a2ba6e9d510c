import { listen, type Database } from '@bitewing/db'
import type { Logger } from 'pino'
import { z } from 'zod'

const Notice = z.object({
  tenantId: z.string(),
  studyInstanceUid: z.string(),
  patientId: z.string().nullable(),
})

export type StudyNotice = { studyInstanceUid: string; patientId: string | null }
export type StudyReader = {
  /** A study of the practice came or grew; told at most a few times a second per study. */
  hear(study: StudyNotice): void
  /** Studies may have come that nobody heard of: the database was away for a while. */
  missed(): void
}
export type StudyFeed = {
  subscribe(tenantId: string, reader: StudyReader): () => void
  close(): Promise<void>
}

/** A series of 200 images is 200 commits; pages need to hear of it now and then, not 200 times. */
const quietMs = 300

/** Follows Postgres notifications on one connection for all open pages; it reconnects by itself. */
export async function createStudyFeed({ db, log }: { db: Database; log: Logger }): Promise<StudyFeed> {
  const readers = new Map<string, Set<StudyReader>>()
  const waiting = new Map<string, NodeJS.Timeout>()

  const listening = await listen(db, 'bitewing_studies', {
    hear(payload) {
      const notice = Notice.safeParse(parseJson(payload))
      if (!notice.success) {
        log.warn('a study notice was not readable')
        return
      }
      const { tenantId, ...study } = notice.data
      const key = `${tenantId} ${study.studyInstanceUid}`
      if (!readers.has(tenantId) || waiting.has(key)) return
      const tell = () => {
        waiting.delete(key)
        for (const reader of readers.get(tenantId) ?? []) reader.hear(study)
      }
      waiting.set(key, setTimeout(tell, quietMs))
    },
    missed() {
      log.info('the study feed is followed again')
      for (const ofTenant of [...readers.values()]) for (const reader of [...ofTenant]) reader.missed()
    },
    trouble: (error) => log.warn({ err: error }, 'the study feed will be followed again'),
  })

  return {
    subscribe(tenantId, reader) {
      const ofTenant = readers.get(tenantId) ?? new Set()
      readers.set(tenantId, ofTenant.add(reader))
      return () => {
        ofTenant.delete(reader)
        if (ofTenant.size === 0) readers.delete(tenantId)
      }
    },
    async close() {
      for (const timer of waiting.values()) clearTimeout(timer)
      await listening.close()
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
