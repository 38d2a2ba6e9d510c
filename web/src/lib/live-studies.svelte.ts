import { navigating } from '$app/state'
import { SvelteMap } from 'svelte/reactivity'
import { readAnew } from './read-anew.ts'
import { reach } from './session/reach.svelte.ts'
import { heardOfStudy } from './storage/when-at-hand.ts'

const pollMs = 15_000
const reopenMs = 3_000
/** The server says something every 15 seconds; longer silence is a connection that has died unnoticed. */
const silenceMs = 40_000
/** The server closes every connection now and then: a blink is no outage. */
const blinkMs = 4_000

export type LiveStudies = {
  /** false while the connection is down and the page asks every 15 seconds instead */
  readonly connected: boolean
  /** Study Instance UIDs that came or grew while this page was open, and when */
  readonly arrived: ReadonlyMap<string, number>
  /** @param madeAt when the server made what the page shows, by the server's clock, in milliseconds since 1970 */
  start(madeAt: number): () => void
}

/** What pages depend on, by what the server says has changed. */
const dependencies: Readonly<Record<string, readonly string[]>> = {
  studies: ['bitewing:studies'],
  appointments: ['bitewing:appointments'],
  // names and alerts stand with appointments too
  patients: ['bitewing:patients', 'bitewing:appointments'],
  plans: ['bitewing:day'],
  inbox: ['bitewing:day'],
}
/** What belongs together often comes in one breath: one question for all of it. */
const gatherMs = 60
/** How often it is looked whether a server that was away is back. */
const awayMs = 1000
/** A page that is gone to for so long has hung: the one that still stands is kept up. */
const goneToMsMax = 10_000

/** Hears by server-sent events what has come and changed, and refreshes what the page shows, without a reload. */
export function createLiveStudies(): LiveStudies {
  let connected = $state(true)
  const arrived = new SvelteMap<string, number>()

  function start(madeAt: number) {
    /** the last the page knows of, by the server's clock: what came after it is told when it listens (again) */
    let since = String(madeAt)
    let source: EventSource | undefined
    let poll: ReturnType<typeof setInterval> | undefined
    let reopen: ReturnType<typeof setTimeout> | undefined
    let dropped: ReturnType<typeof setTimeout> | undefined
    let silence: ReturnType<typeof setTimeout> | undefined
    let gathering: ReturnType<typeof setTimeout> | undefined
    /** what may have happened that the page does not show */
    let missed: string[] = []
    /** for how long it has not been asked for, since a page is being gone to */
    let putOff = 0
    /** what comes meanwhile is asked for in one go after it */
    let isAsking = false

    const refresh = (...what: string[]) => {
      missed = [...missed, ...what.filter((each) => !missed.includes(each))]
      if (isAsking || document.visibilityState !== 'visible' || missed.length === 0) return
      gathering ??= setTimeout(ask, reach.lost ? awayMs : gatherMs)
    }
    const ask = () => {
      gathering = undefined
      // what is asked for by then waits for the server, and there is no need for more to wait
      if (reach.lost) {
        refresh()
        return
      }
      // the page that is gone to was read before, and would forget that anything is to be asked anew
      if (navigating.to && (putOff += gatherMs) < goneToMsMax) {
        refresh()
        return
      }
      putOff = 0
      const wanted = missed.flatMap((each) => dependencies[each] ?? [])
      missed = []
      isAsking = true
      void readAnew(({ href }) => wanted.includes(href))
        .catch(() => undefined)
        .then(() => {
          isAsking = false
          refresh()
        })
    }
    const all = Object.keys(dependencies)
    const heard = ({ lastEventId }: { readonly lastEventId: string }) => {
      if (lastEventId) since = lastEventId
      alive()
    }
    const alive = () => {
      clearTimeout(silence)
      silence = setTimeout(() => {
        source?.close()
        down()
      }, silenceMs)
    }
    const up = () => {
      alive()
      clearTimeout(dropped)
      dropped = undefined
      clearInterval(poll)
      poll = undefined
      connected = true
      refresh()
    }
    const down = () => {
      missed = [...all]
      clearTimeout(silence)
      dropped ??= setTimeout(() => {
        connected = false
        poll ??= setInterval(() => refresh(...all), pollMs)
      }, blinkMs)
      if (source?.readyState === EventSource.CLOSED) {
        clearTimeout(reopen)
        reopen = setTimeout(open, reopenMs)
      }
    }
    const open = () => {
      source?.close()
      source = new EventSource(`/api/events?since=${since}`)
      source.addEventListener('open', up)
      source.addEventListener('error', down)
      source.addEventListener('heartbeat', heard)
      source.addEventListener('study', (event: MessageEvent<string>) => {
        heard(event)
        const uid = textOf(event.data, 'studyInstanceUid')
        if (uid) {
          arrived.set(uid, Date.now())
          heardOfStudy(uid)
        }
        refresh('studies')
      })
      source.addEventListener('practice', (event: MessageEvent<string>) => {
        heard(event)
        const what = textOf(event.data, 'what')
        if (what) refresh(what)
      })
    }
    const visible = () => refresh()

    document.addEventListener('visibilitychange', visible)
    open()
    return () => {
      document.removeEventListener('visibilitychange', visible)
      source?.close()
      clearInterval(poll)
      clearTimeout(reopen)
      clearTimeout(dropped)
      clearTimeout(silence)
      clearTimeout(gathering)
    }
  }

  return {
    get connected() {
      return connected
    },
    arrived,
    start,
  }
}

function textOf(data: string, name: string): string | null {
  try {
    const parsed: unknown = JSON.parse(data)
    const entry = Object.entries(parsed ?? {}).find(([key]) => key === name)
    return typeof entry?.[1] === 'string' ? entry[1] : null
  } catch {
    // not ours
    return null
  }
}
