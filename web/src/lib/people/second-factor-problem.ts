import { m } from '#paraglide/messages.js'
import { getLocale } from '#paraglide/runtime.js'

/** Why a code, password or passkey was refused, in words. */
export function secondFactorProblem(
  failure:
    | { problem: 'wrong' | 'cancelled' | 'refused' | 'unreachable'; until?: null }
    | { problem: 'locked'; until: string },
): string {
  switch (failure.problem) {
    case 'wrong':
      return m.code_wrong()
    case 'cancelled':
      return m.passkey_cancelled()
    case 'refused':
      return m.passkey_refused()
    case 'unreachable':
      return m.login_unreachable()
    case 'locked': {
      const time = new Intl.DateTimeFormat(`${getLocale()}-CA`, { timeStyle: 'short' })
      return m.login_locked({ time: time.format(new Date(failure.until)) })
    }
  }
}
