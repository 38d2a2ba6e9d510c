import pg from 'pg'

/** The database cannot be reached, or went away: nothing is wrong with what was asked, and later it may be answered. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
  /** It went away between COMMIT and its answer: what was written may be there, or may be there soon. */
  mayBeCommitted = false
}

/** Whether what a transaction wrote may be there although it failed so. */
export function mayBeCommitted(error: unknown): boolean {
  return awayIn(error).some((away) => away.mayBeCommitted)
}

/** Whether this came of it, however it is wrapped: drizzle wraps what a query says, and a transaction what a statement does. */
export function isDatabaseAway(error: unknown): boolean {
  return awayIn(error).length > 0
}

function awayIn(error: unknown): DatabaseAway[] {
  const found: DatabaseAway[] = []
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof DatabaseAway) found.push(cause)
  }
  return found
}

/** SQLSTATEs of a server that is going, coming or full: connection exceptions, shutdowns, too many connections. */
const away = /^(08|57P0[1-5]|53300)/

/** What the driver says without a SQLSTATE when a connection is lost, refused or not to be had in time. */
const lost =
  /^(Connection terminated|Client (has encountered|was closed)|timeout e|Cannot use a pool after|This socket has been ended)/
const socket = /^(ECONN|EPIPE|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)/

/** The driver's error as it is, or as `DatabaseAway` with it as the cause. */
export function orDatabaseAway(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const isAway =
    error instanceof pg.DatabaseError ? away.test(code) : socket.test(code) || lost.test(error.message)
  return isAway ? new DatabaseAway('The database does not answer', { cause: error }) : error
}
