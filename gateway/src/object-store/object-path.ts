import { InvalidObjectName } from './object-errors.ts'
import type { ObjectName } from './object-store.ts'

/** What the file store adds to the last segment, so that `a` and `a/b` can both be objects. */
export const sealedSuffix = '.sealed'

// S3 keys end at 1,024 bytes, file names at 255: 64 for the suffix and a temporary mark, 224 for a bucket prefix.
const pathCharactersMax = 800
const segmentCharactersMax = 190

const segmentPattern = /^[A-Za-z0-9._=-]+$/

/**
 * The path of an object in the raw store: `{tenantId}/{name}`.
 *
 * Segments hold letters, digits and `. _ = -` alone, so that every file system and every bucket can hold them as
 * they are; none is empty, `.`, `..` or ends in `.sealed`.
 *
 * @throws {InvalidObjectName} without repeating the name: a refused name can be anything
 */
export function objectPath({ tenantId, name }: ObjectName): string {
  if (tenantId.includes('/')) throw new InvalidObjectName('tenant id with a slash')
  const path = `${tenantId}/${name}`
  assertObjectPath(path)
  return path
}

/** @throws {InvalidObjectName} unless `path` is what `objectPath` makes */
export function assertObjectPath(path: string): void {
  const segments = path.split('/')
  if (segments.length < 2) throw new InvalidObjectName('object name without a tenant')
  if (path.length > pathCharactersMax) throw new InvalidObjectName('object name is too long')
  for (const segment of segments) assertSegment(segment)
}

/** Whether `path` is one that `objectPath` makes: other programs' keys under our prefix are not ours to show. */
export function isObjectPath(path: string): boolean {
  try {
    assertObjectPath(path)
    return true
  } catch (error) {
    if (error instanceof InvalidObjectName) return false
    throw error
  }
}

/**
 * The start of the paths of a tenant's objects whose names begin with `prefix`; the last segment may be incomplete.
 *
 * @throws {InvalidObjectName}
 */
export function objectPathPrefix(tenantId: string, prefix: string): string {
  if (tenantId.includes('/')) throw new InvalidObjectName('tenant id with a slash')
  const pathPrefix = `${tenantId}/${prefix}`
  assertObjectPathPrefix(pathPrefix)
  return pathPrefix
}

/** @throws {InvalidObjectName} unless `pathPrefix` is what `objectPathPrefix` makes */
export function assertObjectPathPrefix(pathPrefix: string): void {
  const segments = pathPrefix.split('/')
  const last = segments.pop() ?? ''
  if (segments.length === 0) throw new InvalidObjectName('prefix without a tenant')
  for (const segment of segments) assertSegment(segment)
  if (last !== '' && !segmentPattern.test(last)) {
    throw new InvalidObjectName('prefix with a character outside the rules')
  }
}

function assertSegment(segment: string): void {
  if (segment === '') throw new InvalidObjectName('object name with an empty segment')
  if (segment === '.' || segment === '..') throw new InvalidObjectName('object name that climbs')
  if (!segmentPattern.test(segment))
    throw new InvalidObjectName('object name with a character outside the rules')
  if (segment.length > segmentCharactersMax)
    throw new InvalidObjectName('object name with too long a segment')
  if (segment.endsWith(sealedSuffix))
    throw new InvalidObjectName(`object name with a segment in ${sealedSuffix}`)
}
