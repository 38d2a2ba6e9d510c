import { RestError } from '@azure/storage-blob'
import {
  ObjectArchived,
  ObjectStoreAway,
  ObjectStoreFull,
  ObjectStoreRefused,
  TierUnsupported,
} from './object-errors.ts'

const full: ReadonlySet<string> = new Set(['AccountLimitExceeded', 'InsufficientStorage'])
// What no retry and no waiting will change.
const refused: ReadonlySet<string> = new Set([
  'AccountIsDisabled',
  'AuthenticationFailed',
  'AuthorizationFailure',
  'AuthorizationPermissionMismatch',
  'ContainerBeingDeleted',
  'ContainerNotFound',
  'InsufficientAccountPermissions',
  'InvalidResourceName',
  'NoAuthenticationInformation',
  'ResourceNotFound',
])

const archived: ReadonlySet<string> = new Set(['BlobArchived', 'BlobBeingRehydrated'])
const untiered: ReadonlySet<string> = new Set([
  'AccessTierNotSupportedForBlobType',
  'BlobTierInadequateForContentLength',
  'BlobTypeNotSupported',
  'FeatureNotSupportedForAccount',
])

/**
 * Runs a request to the container, and says in the port's words what went wrong.
 *
 * Azure's own error is not kept as cause: it repeats the request with its signature.
 *
 * @throws {ObjectArchived} to be recalled first
 * @throws {TierUnsupported}
 * @throws {ObjectStoreFull} no room or limit of the account reached
 * @throws {ObjectStoreRefused} credentials, permission or container are wrong
 * @throws {ObjectStoreAway} no connection, no answer in time, or an error of the server
 */
export async function inContainer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw inPortsWords(error)
  }
}

function inPortsWords(error: unknown): unknown {
  if (error instanceof ObjectStoreAway || !(error instanceof Error)) return error
  if (error.name === 'AbortError') return new ObjectStoreAway('Azure did not answer in time')
  if (!(error instanceof RestError)) return error
  const code = codeOf(error) ?? 'an error'
  if (archived.has(code)) return new ObjectArchived('the blob lies in the archive tier')
  if (untiered.has(code)) return new TierUnsupported('the account has no such access tier')
  if (error.statusCode === undefined) return new ObjectStoreAway(`Azure cannot be reached: ${code}`)
  const message = `Azure answered ${code} (${error.statusCode})`
  if (full.has(code) || error.statusCode === 507) return new ObjectStoreFull(message)
  if (refused.has(code) || error.statusCode === 401 || error.statusCode === 403) {
    return new ObjectStoreRefused(message)
  }
  return new ObjectStoreAway(message)
}

/** Azure's name of an error; an answer to HEAD has it in a header alone. */
function codeOf({ code, response }: RestError): string | undefined {
  return code ?? response?.headers.get('x-ms-error-code')
}

/** The container answers, and has no such blob. */
export function isAbsentBlob(error: unknown): boolean {
  return error instanceof RestError && error.statusCode === 404 && codeOf(error) === 'BlobNotFound'
}

/** `If-None-Match: *` found a blob. */
export function isExistingBlob(error: unknown): boolean {
  return error instanceof RestError && (error.statusCode === 412 || codeOf(error) === 'BlobAlreadyExists')
}

/** The range starts at or past the end of the blob. */
export function isPastBlobEnd(error: unknown): boolean {
  return error instanceof RestError && error.statusCode === 416
}
