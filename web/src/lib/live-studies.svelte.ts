import { invalidate } from '$app/navigation'
import { SvelteMap } from 'svelte/reactivity'

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
  start(): () => void
}

/** Hears of new studies by server-sent events and refreshes what the page shows, without a reload. */
export function createLiveStudies(): LiveStudies {
  let connected = $state(true)
  const arrived = new SvelteMap<string, number>()

  function start() {
    let source: EventSource | undefined
    let poll: ReturnType<typeof setInterval> | undefined
    let reopen: ReturnType<typeof setTimeout> | undefined
    let dropped: ReturnType<typeof setTimeout> | undefined
    let silence: ReturnType<typeof setTimeout> | undefined
    /** something may have happened that the page does not show */
    let missed = false

    const refresh = () => {
      missed = document.visibilityState !== 'visible'
      if (!missed) void invalidate('bitewing:studies', true)
    }
    const heard = () => {
      clearTimeout(silence)
      silence = setTimeout(() => {
        source?.close()
        down()
      }, silenceMs)
    }
    const up = () => {
      heard()
      clearTimeout(dropped)
      dropped = undefined
      clearInterval(poll)
      poll = undefined
      connected = true
      if (missed) refresh()
    }
    const down = () => {
      missed = true
      clearTimeout(silence)
      dropped ??= setTimeout(() => {
        connected = false
        poll ??= setInterval(refresh, pollMs)
      }, blinkMs)
      if (source?.readyState === EventSource.CLOSED) {
        clearTimeout(reopen)
        reopen = setTimeout(open, reopenMs)
      }
    }
    const open = () => {
      source?.close()
      source = new EventSource('/api/events')
      source.addEventListener('open', up)
      source.addEventListener('error', down)
      source.addEventListener('heartbeat', heard)
      source.addEventListener('study', (event: MessageEvent<string>) => {
        heard()
        const uid = studyOf(event.data)
        if (uid) arrived.set(uid, Date.now())
        refresh()
      })
    }
    const visible = () => {
      if (missed) refresh()
    }

    document.addEventListener('visibilitychange', visible)
    open()
    return () => {
      document.removeEventListener('visibilitychange', visible)
      source?.close()
      clearInterval(poll)
      clearTimeout(reopen)
      clearTimeout(dropped)
      clearTimeout(silence)
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

function studyOf(data: string): string | null {
  try {
    const parsed: unknown = JSON.parse(data)
    if (typeof parsed === 'object' && parsed !== null && 'studyInstanceUid' in parsed) {
      return typeof parsed.studyInstanceUid === 'string' ? parsed.studyInstanceUid : null
    }
  } catch {
    // not ours
  }
  return null
}
