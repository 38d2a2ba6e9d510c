import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ObjectName } from '../object-store/object-store.ts'

export type CdnAddress = {
  /** The address of a rendition at the CDN. It lives 30 to 60 seconds, and is the same for all who get it meanwhile. */
  of(rendition: ObjectName, now?: Date): string
  /**
   * Whether we gave out this address, and it still lives.
   *
   * @param path as it came, not decoded
   * @returns seconds it has left; null for one that expired or was altered
   */
  secondsLeft(path: string, query: URLSearchParams, now?: Date): number | null
}

const stepSeconds = 30

/**
 * Addresses that a CDN in front may be asked for by whoever has them: `{cdn}/cdn/{practice}/{rendition}` with the second
 * at which they expire, and HMAC-SHA256 over `{path}?expires={second}` under the key, in base64url. An edge that has the
 * key can check the same. They name ids of ours alone, no UIDs: other people's logs hold them.
 *
 * @param url `CDN_URL`, an origin
 * @param key `CDN_KEY`, 32 bytes
 */
export function createCdnAddress({ url, key }: { url: string; key: Uint8Array }): CdnAddress {
  const signed = (path: string, expires: string) =>
    createHmac('sha256', key).update(`${path}?expires=${expires}`).digest()
  return {
    of({ tenantId, name }, now = new Date()) {
      const path = `/cdn/${tenantId}/${name}`
      const expires = String((Math.floor(now.getTime() / 1000 / stepSeconds) + 2) * stepSeconds)
      return `${url}${path}?expires=${expires}&signature=${signed(path, expires).toString('base64url')}`
    },
    secondsLeft(path, query, now = new Date()) {
      const expires = query.get('expires') ?? ''
      // one spelling of each: an edge keeps what it has under the whole address
      if (!/^\d{10}$/.test(expires) || query.size !== 2) return null
      const given = Buffer.from(query.get('signature') ?? '')
      const right = Buffer.from(signed(path, expires).toString('base64url'))
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null
      const left = Number(expires) - now.getTime() / 1000
      // never longer than we give: whoever has the key of an edge gets no address for a year either
      return left > 0 && left <= 2 * stepSeconds ? Math.floor(left) : null
    },
  }
}
