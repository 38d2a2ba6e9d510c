import { toGatewayError } from '../expected-error.ts'

/** SQLSTATE classes of what another try may not meet: conflicting transactions, lack of resources, an operator. */
const passing = /^(40|53|55P03|57)/

/** Whether an arrival failed for what may be over at the next try, and not for what it is itself. */
export function worthRepeating(error: unknown): boolean {
  if (toGatewayError(error) !== null) return true
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if ('code' in cause && typeof cause.code === 'string' && passing.test(cause.code)) return true
  }
  return false
}
