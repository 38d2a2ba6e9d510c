import { GatewayError } from './errors.ts'
import { PixelError } from './pixels/pixel-error.ts'

/** Names by which ports say that they are away, and what a client is told. */
const portErrors: Record<string, () => GatewayError> = {
  DatabaseAway: () =>
    new GatewayError('database-away', 'The database does not answer. Try again in a moment.'),
  ArchiveAway: () =>
    new GatewayError('archive-away', 'The image archive does not answer. Try again in a moment.'),
  ArchiveFull: () => new GatewayError('storage-full', 'The image archive has no room left.'),
  ObjectStoreAway: () =>
    new GatewayError('object-store-away', 'The object store does not answer. Try again in a moment.'),
  KeyServiceAway: () =>
    new GatewayError('key-service-away', 'The key service does not answer. Try again in a moment.'),
  ObjectStoreFull: () => new GatewayError('storage-full', 'The object store has no room left.'),
}

/** SQLSTATE of a query that took longer than it may. */
const queryCanceled = '57014'

/** What an error means to a client; null for an unexpected one. */
export function toGatewayError(error: unknown): GatewayError | null {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof GatewayError) return cause
    if (cause instanceof PixelError && cause.isPassing) return passingFault(cause)
    const port = portErrors[cause.name] ?? portErrors[cause.constructor.name]
    if (port) return port()
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
    if (code === queryCanceled)
      return new GatewayError('asks-too-much', 'This takes too long to find. Narrow it down.', { cause })
    if (code === 'ENOSPC')
      return new GatewayError('storage-full', 'There is no room left to store this.', { cause })
  }
  return null
}

/** Of an image that may well be there when it is asked for again: never 406, which viewers take for the last word. */
function passingFault(cause: PixelError): GatewayError {
  return cause.code === 'timed-out'
    ? new GatewayError('frame-timed-out', 'This image took too long to make. Try again in a moment.', {
        cause,
      })
    : new GatewayError('too-many-requests', 'Too many images are being made. Try again in a moment.', {
        cause,
      })
}
