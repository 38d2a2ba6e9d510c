import { m } from '#paraglide/messages.js'
import { getLocale } from '#paraglide/runtime.js'

export type LogInFailure =
  { problem: 'incomplete' | 'wrong'; until: null } | { problem: 'locked'; until: string }

/** Why a log-in failed, in words. */
export function logInProblem(failure: LogInFailure): string {
  if (failure.problem !== 'locked')
    return failure.problem === 'wrong' ? m.login_wrong() : m.login_incomplete()
  const until = new Date(failure.until)
  const time = new Intl.DateTimeFormat(`${getLocale()}-CA`, { timeStyle: 'short' }).format(until)
  return m.login_locked({ time })
}
