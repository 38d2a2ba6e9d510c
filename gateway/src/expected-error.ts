import { GatewayError } from './errors.ts'

/** Names by which ports say that they are away, and what a client is told. */
const portErrors: Record<string, () => GatewayError> = {
  ArchiveAway: () =>
    new GatewayError('archive-away', 'The image archive does not answer. Try again in a moment.'),
  ArchiveFull: () => new GatewayError('storage-full', 'The image archive has no room left.'),
  ObjectStoreAway: () =>
    new GatewayError('object-store-away', 'The object store does not answer. Try again in a moment.'),
  ObjectStoreFull: () => new GatewayError('storage-full', 'The object store has no room left.'),
}

/** SQLSTATE classes and socket errors that mean the database is not there, rather than a fault of ours. */
const databaseAway = /^(08|57P0|53300|CONNECT|CONNECTION_|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT)/

/** What an error means to a client; null for an unexpected one. */
export function toGatewayError(error: unknown): GatewayError | null {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof GatewayError) return cause
    const port = portErrors[cause.name] ?? portErrors[cause.constructor.name]
    if (port) return port()
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
    if (code === 'ENOSPC')
      return new GatewayError('storage-full', 'There is no room left to store this.', { cause })
    if (
      databaseAway.test(code) &&
      ('query' in cause || cause.name === 'PostgresError' || isPostgresSocket(cause))
    ) {
      return new GatewayError('database-away', 'The database does not answer. Try again in a moment.')
    }
  }
  return null
}

/** postgres.js marks its socket errors with the address it dialled and codes of its own. */
function isPostgresSocket(error: Error): boolean {
  return /\bpostgres\b/.test(error.stack ?? '')
}
