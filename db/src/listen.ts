import pg from 'pg'
import type { Database } from './database.ts'

export type Listener = {
  /** By channel: what takes a notification's payload. Names of channels are letters and underscores. */
  hear: Readonly<Record<string, (payload: string) => void>>
  /** The connection was lost and is there again: what was said meanwhile was not heard. */
  missed?(): void
  /** For the log; it is tried again by itself. */
  trouble?(error: unknown): void
}

const connectMs = 5000
const backOffMs = { first: 250, most: 5000 }
/** A connection that a firewall forgot says nothing for ever; one that lives answers a question. */
const probe = { everyMs: 20_000, answerMs: 5000 }

/**
 * Follows the notifications of some channels on a connection of its own, which is made again when it is lost.
 * @returns resolves when it listens; waits, trying again, for as long as the database is away
 */
export async function listen(
  { client: { options } }: Pick<Database, 'client'>,
  { hear, missed, trouble }: Listener,
): Promise<{ close(): Promise<void> }> {
  const channels = Object.keys(hear)
  if (!channels.every((channel) => /^[a-z_]+$/.test(channel))) throw new Error('Not a name of a channel')
  const closed = new AbortController()
  const { promise: listening, resolve: listens } = Promise.withResolvers<void>()
  let current: pg.Client | null = null

  /** Resolves when the connection is lost or closed; rejects when it could not be made. */
  async function follow(again: boolean): Promise<void> {
    const { promise: ended, resolve: end } = Promise.withResolvers<unknown>()
    const connection = new pg.Client({
      ...options,
      connectionTimeoutMillis: connectMs,
      application_name: 'bitewing-listen',
    })
    current = connection
    connection.on('error', end)
    connection.on('end', () => end(null))
    connection.on('notification', ({ channel, payload }) => hear[channel]?.(payload ?? ''))
    let timer: NodeJS.Timeout | undefined
    try {
      await connection.connect()
      await connection.query(channels.map((channel) => `LISTEN ${channel}`).join('; '))
      listens()
      if (again) missed?.()
      const probing = () => {
        timer = setTimeout(() => {
          const late = setTimeout(() => end(new Error('The database no longer answers')), probe.answerMs)
          connection
            .query('SELECT 1')
            .then(probing, end)
            .finally(() => clearTimeout(late))
        }, probe.everyMs)
      }
      probing()
      const reason = await ended
      if (!closed.signal.aborted) trouble?.(reason)
    } finally {
      clearTimeout(timer)
      // not awaited: a dead connection has nobody who would answer
      void connection.end().catch(() => {})
    }
  }

  const following = (async () => {
    let listened = false
    let pauseMs = backOffMs.first
    while (!closed.signal.aborted) {
      const since = performance.now()
      try {
        await follow(listened)
        listened = true
      } catch (error) {
        trouble?.(error)
      }
      // one that lasted starts the pauses anew; one that breaks at once does not
      pauseMs =
        performance.now() - since > backOffMs.most ? backOffMs.first : Math.min(pauseMs * 2, backOffMs.most)
      await pause(pauseMs, closed.signal)
    }
  })()
  await listening

  return {
    async close() {
      closed.abort()
      void current?.end().catch(() => {})
      await following
    },
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
  clearTimeout(timer)
}
