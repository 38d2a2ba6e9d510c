import { S3ServiceException } from '@aws-sdk/client-s3'
import {
  ObjectArchived,
  ObjectStoreAway,
  ObjectStoreFull,
  ObjectStoreRefused,
  TierUnsupported,
} from './object-errors.ts'

// Names by which servers say that there is no room: AWS and Swift, Ceph, MinIO.
const full: ReadonlySet<string> = new Set(['EntityTooLarge', 'QuotaExceeded', 'XMinioStorageFull'])
// Names that no retry and no waiting will change.
const refused: ReadonlySet<string> = new Set([
  'AuthorizationHeaderMalformed', // the region of the signature is not the bucket's
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidBucketName',
  'InvalidToken',
  'NoSuchBucket',
  'NotImplemented',
  'PermanentRedirect',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
])

/**
 * Runs a request to the bucket, and says in the port's words what went wrong.
 *
 * The server's own error is not kept as cause: it repeats the access key, the signature and the string signed.
 *
 * @throws {ObjectArchived} to be recalled first
 * @throws {ObjectStoreFull} no room or quota reached
 * @throws {ObjectStoreRefused} credentials, permission, region or bucket are wrong
 * @throws {ObjectStoreAway} no connection, no answer in time, or an error of the server
 */
export async function inBucket<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw inPortsWords(error)
  }
}

function inPortsWords(error: unknown): unknown {
  if (error instanceof ObjectStoreAway || error instanceof TierUnsupported) return error
  if (error instanceof S3ServiceException) {
    if (error.name === 'InvalidObjectState') return new ObjectArchived('the object lies in an archive')
    const status = error.$metadata.httpStatusCode
    const message = `the bucket's server answered ${error.name} (${status ?? 'no status'})`
    if (full.has(error.name) || status === 507) return new ObjectStoreFull(message)
    if (refused.has(error.name) || status === 401 || status === 403 || status === 301) {
      return new ObjectStoreRefused(message)
    }
    return new ObjectStoreAway(message)
  }
  if (!(error instanceof Error)) return error
  if (refused.has(error.name)) return new ObjectStoreRefused(`no credentials for the bucket: ${error.name}`)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return new ObjectStoreAway(`the bucket's server cannot be reached: ${code}`, { cause: error })
}

/** The bucket answers, and has no such object. */
export function isAbsent(error: unknown): boolean {
  // HEAD has no body to name the error: NotFound then.
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound')
}

/** `If-None-Match: *` found an object; 409 when another conditional put was under way at the same time. */
export function isExisting(error: unknown): boolean {
  return (
    error instanceof S3ServiceException &&
    (error.$metadata.httpStatusCode === 412 || error.name === 'ConditionalRequestConflict')
  )
}

/** A server that has one class alone says so in one of many ways: it answers, and refuses the request. */
export function isRefusedRequest(error: unknown): boolean {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
  return status === 400 || status === 405 || status === 501
}

export function isNotImplemented(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 501
}

/** A recall is under way already. */
export function isRestoring(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === 'RestoreAlreadyInProgress'
}

/** The range starts at or past the end of the object. */
export function isPastEnd(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416
}
