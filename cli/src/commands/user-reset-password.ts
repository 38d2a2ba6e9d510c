import { passwordProblem, resetPassword } from '@bitewing/db'
import { needed } from '../arguments.ts'
import type { Command } from '../command.ts'
import { recordOfUser } from '../record-of-user.ts'
import { UsageError } from '../usage-error.ts'

export const userResetPassword: Command = {
  name: 'user reset-password',
  summary: 'for an owner who has forgotten theirs: owners renew the others’',
  usage: 'user reset-password --email E < PASSWORD',
  help: `Reads the new password from standard input (at least 12 characters), and ends their sessions;
a second factor stays. Make sure that it is them who ask, and that they change it at once.`,
  options: { email: { type: 'string' } },
  positionals: [],
  async run(operator, given) {
    const email = needed(given, 'email')
    const password = (await given.readInput()).replace(/\r?\n$/, '')
    if (passwordProblem(password, [email]) !== null)
      throw new UsageError('The password on standard input is too short, or guessed too easily.')
    const id = await resetPassword(operator.db, { email, password })
    if (id === null) throw new Error('Nobody has this e-mail.')
    await recordOfUser(operator.db, id, 'password reset')
    return { data: { id }, text: 'The new password opens. Their sessions have ended.' }
  },
}
