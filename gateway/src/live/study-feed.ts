import { listen, type Action, type Database } from '@bitewing/db'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Access } from '../gateway-env.ts'

const Notice = z.object({
  tenantId: z.string(),
  studyInstanceUid: z.string(),
  patientId: z.string().nullable(),
})

/** What open pages show that has changed, and who may be told. */
const practiceChanges = {
  appointments: 'appointments.read',
  patients: 'patients.read',
  plans: 'plans.read',
  inbox: 'images.read',
} as const satisfies Record<string, Action>
export type PracticeChange = keyof typeof practiceChanges

const PracticeNotice = z.object({
  tenantId: z.string(),
  what: z.enum(['appointments', 'patients', 'plans', 'inbox']),
})

export type StudyNotice = { studyInstanceUid: string; patientId: string | null }
export type StudyReader = {
  /** A study of the practice came or grew; told at most a few times a second per study. */
  hear(study: StudyNotice): void
  /** Something that pages show has changed, of a kind that the reader may see; told as seldom. */
  hearChange(what: PracticeChange): void
  /**
   * Nothing more is told: what the reader was allowed by has ended or changed, or studies may have come that nobody
   * heard of, because the database was away. A reader that may still read subscribes anew, and asks for everything.
   */
  end(): void
}
export type StudyFeed = {
  /**
   * What has changed of the actor's practice within half a minute, of what they may see: a page that opens shows what
   * there was when it was made, and listens some time later.
   */
  lately(access: Pick<Access, 'tenantId' | 'may'>): (PracticeChange | 'studies')[]
  /** The studies, at most {@link rememberedMax}, that were told of since then and within half a minute, oldest first. */
  studiesSince(access: Pick<Access, 'tenantId' | 'may'>, sinceMs: number): StudyNotice[]
  /** Tells of the studies and the day of the actor's practice, for as long as their session or token lasts unchanged. */
  subscribe(
    access: Pick<Access, 'tenantId' | 'kind' | 'actor' | 'sessionId' | 'may'>,
    reader: StudyReader,
  ): () => void
  close(): Promise<void>
}

/** A series of 200 images is 200 commits: pages hear of the first at once, then now and then. */
const quietMs = 300

/** Longer than a page takes from its making to its listening, on a slow phone. */
const latelyMs = 30_000
/** Of a practice; a page that missed more than these still asks for everything. */
const rememberedMax = 200

/** `authenticate` may remember a credential for half a second after its end. */
const endedMs = 1000

/** Follows Postgres notifications on one connection for all open pages; it reconnects by itself. */
export async function createStudyFeed({ db, log }: { db: Database; log: Logger }): Promise<StudyFeed> {
  const readers = new Map<string, Set<StudyReader>>()
  const followers = new Map<string, Set<StudyReader>>()
  /** by what they are allowed by: `session …`, `user …`, `token …`, as notifications name it */
  const allowed = new Map<string, Set<StudyReader>>()
  /** what was just told of, by practice and UID or kind; `more` when it has changed since */
  const waiting = new Map<string, { timer: NodeJS.Timeout; more: boolean }>()
  const endedLately = new Map<string, NodeJS.Timeout>()
  /** by practice and kind */
  const changedLately = new Map<string, NodeJS.Timeout>()
  /** by practice and UID, those told of last at the end */
  const studiesLately = new Map<string, Map<string, StudyNotice & { at: number }>>()

  function rememberStudy(tenantId: string, study: StudyNotice): void {
    const remembered = studiesLately.get(tenantId) ?? new Map<string, StudyNotice & { at: number }>()
    remembered.delete(study.studyInstanceUid)
    remembered.set(study.studyInstanceUid, { ...study, at: Date.now() })
    for (const uid of remembered.keys()) {
      if (remembered.size <= rememberedMax) break
      remembered.delete(uid)
    }
    studiesLately.set(tenantId, remembered)
    rememberFor(latelyMs, changedLately, `${tenantId} studies`, () => studiesLately.delete(tenantId))
  }

  function rememberFor(
    ms: number,
    lately: Map<string, NodeJS.Timeout>,
    key: string,
    forgotten?: () => void,
  ): void {
    clearTimeout(lately.get(key))
    const forget = () => {
      lately.delete(key)
      forgotten?.()
    }
    lately.set(key, setTimeout(forget, ms))
  }

  function nowAndThen(key: string, tell: () => void) {
    const quiet = waiting.get(key)
    if (quiet) {
      quiet.more = true
      return
    }
    const rest = () => {
      waiting.delete(key)
      if (told.more) nowAndThen(key, tell)
    }
    const told = { more: false, timer: setTimeout(rest, quietMs) }
    waiting.set(key, told)
    tell()
  }

  const listening = await listen(db, {
    hear: {
      bitewing_studies(payload) {
        const notice = Notice.safeParse(parseJson(payload))
        if (!notice.success) {
          log.warn('a study notice was not readable')
          return
        }
        const { tenantId, ...study } = notice.data
        rememberStudy(tenantId, study)
        if (!readers.has(tenantId)) return
        nowAndThen(`${tenantId} ${study.studyInstanceUid}`, () => {
          for (const reader of readers.get(tenantId) ?? []) reader.hear(study)
        })
      },
      bitewing_practice(payload) {
        const notice = PracticeNotice.safeParse(parseJson(payload))
        if (!notice.success) {
          log.warn('a notice of a practice was not readable')
          return
        }
        const { tenantId, what } = notice.data
        const key = `${tenantId} ${what}`
        rememberFor(latelyMs, changedLately, key)
        if (!followers.has(key)) return
        nowAndThen(key, () => {
          for (const reader of followers.get(key) ?? []) reader.hearChange(what)
        })
      },
      bitewing_credentials(credential) {
        rememberFor(endedMs, endedLately, credential)
        for (const reader of [...(allowed.get(credential) ?? [])]) reader.end()
      },
    },
    missed() {
      log.info('the study feed is followed again')
      for (const ofTenant of [...readers.values()]) for (const reader of [...ofTenant]) reader.end()
    },
    trouble: (error) => log.warn({ err: error }, 'the study feed will be followed again'),
  })

  return {
    lately({ tenantId, may }) {
      const kinds = Object.entries({ studies: 'images.list', ...practiceChanges } as const)
      return kinds.flatMap(([what, action]) => {
        // the keys of a literal
        const kind = what as PracticeChange | 'studies'
        return may(action) && changedLately.has(`${tenantId} ${kind}`) ? [kind] : []
      })
    },
    studiesSince({ tenantId, may }, sinceMs) {
      if (!may('images.list')) return []
      const from = Math.max(sinceMs, Date.now() - latelyMs)
      return [...(studiesLately.get(tenantId)?.values() ?? [])]
        .filter(({ at }) => at >= from)
        .map(({ studyInstanceUid, patientId }) => ({ studyInstanceUid, patientId }))
    },
    subscribe(access, reader) {
      const credentials = credentialsOf(access)
      const leave = [
        join(readers, access.tenantId, reader),
        ...Object.entries(practiceChanges).flatMap(([what, action]) =>
          access.may(action) ? [join(followers, `${access.tenantId} ${what}`, reader)] : [],
        ),
        ...credentials.map((credential) => join(allowed, credential, reader)),
      ]
      if (credentials.some((credential) => endedLately.has(credential))) reader.end()
      return () => {
        for (const left of leave) left()
      }
    },
    async close() {
      for (const { timer } of waiting.values()) clearTimeout(timer)
      for (const timer of [...endedLately.values(), ...changedLately.values()]) clearTimeout(timer)
      await listening.close()
    },
  }
}

/** As the triggers of migration 0004 name them. */
function credentialsOf({ kind, actor, sessionId }: Pick<Access, 'kind' | 'actor' | 'sessionId'>): string[] {
  switch (kind) {
    case 'session':
      return [`session ${sessionId}`, `user ${actor.id}`]
    case 'token':
      return [`token ${actor.id}`]
    case 'share':
      return []
  }
}

function join<R>(groups: Map<string, Set<R>>, key: string, member: R): () => void {
  const group = groups.get(key) ?? new Set()
  groups.set(key, group.add(member))
  return () => {
    group.delete(member)
    if (group.size === 0 && groups.get(key) === group) groups.delete(key)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
