import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Logger } from 'pino'

/** The addresses of a host, in the form of `plainAddress`; null while they are not known. */
export type HostAddresses = (host: string) => Promise<ReadonlySet<string> | null>

type Known = { at: number; addresses: ReadonlySet<string> | null }

/**
 * Where the machines of practices are. An address is itself; a name is asked of the system's resolver, and its answer
 * used for a while. While there is none, what was last known counts, however old, and where nothing was ever known,
 * null: a resolver that is away or slow holds up no arrival for longer than `timeoutMs` in `keptMs`.
 */
export function createHostAddresses({
  log,
  resolve = (name) => lookup(name, { all: true }),
  keptMs = 60_000,
  timeoutMs = 1000,
}: {
  log: Pick<Logger, 'warn'>
  resolve?: (name: string) => Promise<{ address: string }[]>
  keptMs?: number
  timeoutMs?: number
}): HostAddresses {
  const known = new Map<string, Known>()

  async function ask(name: string): Promise<ReadonlySet<string> | null> {
    const { promise: late, resolve: giveUp } = Promise.withResolvers<null>()
    const timer = setTimeout(() => giveUp(null), timeoutMs)
    try {
      const found = await Promise.race([resolve(name).catch(() => null), late])
      return found && found.length > 0 ? new Set(found.map(({ address }) => plainAddress(address))) : null
    } finally {
      clearTimeout(timer)
    }
  }

  return async (host) => {
    const name = host.trim()
    if (isIP(name)) return new Set([plainAddress(name)])
    const before = known.get(name)
    if (before && performance.now() - before.at < keptMs) return before.addresses
    const found = await ask(name)
    if (!found) log.warn({ known: Boolean(before?.addresses) }, 'the host name of a device is not resolved')
    const addresses = found ?? before?.addresses ?? null
    known.set(name, { at: performance.now(), addresses })
    return addresses
  }
}

/** One form for one address: IPv4 without the IPv6 that wraps it, IPv6 shortened and without its zone. */
export function plainAddress(address: string): string {
  const bare = address.trim().replace(/%.*$/, '').toLowerCase()
  if (isIP(bare) !== 6) return bare
  const { hostname } = new URL(`http://[${bare}]`)
  const shortened = hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(shortened) ?? []
  if (high === undefined || low === undefined) return shortened
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)]
  return [a >> 8, a & 255, b >> 8, b & 255].join('.')
}
