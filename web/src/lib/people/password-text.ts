import { m } from '#paraglide/messages.js'
import { getLocale } from '#paraglide/runtime.js'

const problems = {
  name: m.password_problem_name,
  short: m.password_problem_short,
  long: m.password_problem_long,
  guessable: m.password_problem_guessable,
  wrong: m.password_problem_wrong,
  lapsed: m.password_problem_lapsed,
}

/** What is to be done about a name or password that was not taken, in words. */
export function passwordText(failure: {
  problem: keyof typeof problems | 'locked'
  until: string | null
}): string {
  if (failure.problem !== 'locked') return problems[failure.problem]()
  const time = new Intl.DateTimeFormat(`${getLocale()}-CA`, { timeStyle: 'short' })
  return m.login_locked({ time: time.format(new Date(failure.until ?? 0)) })
}
