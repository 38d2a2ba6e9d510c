import { resetSecondFactors } from '@bitewing/db'
import { needed } from '../arguments.ts'
import type { Command } from '../command.ts'
import { recordOfUser } from '../record-of-user.ts'

export const userResetSecondFactor: Command = {
  name: 'user reset-second-factor',
  summary: 'for somebody who has lost phone, passkeys and recovery codes',
  usage: 'user reset-second-factor --email E',
  help: `Removes their authenticator app, passkeys and recovery codes, and ends their sessions; the password stays.
Make sure that it is them who ask. Where their practice requires a second factor, they set one up at their next log-in.`,
  options: { email: { type: 'string' } },
  positionals: [],
  async run(operator, given) {
    const id = await resetSecondFactors(operator.db, needed(given, 'email'))
    if (id === null) throw new Error('Nobody has this e-mail.')
    await recordOfUser(operator.db, id, 'second factor reset')
    return { data: { id }, text: 'The password alone opens now. Their sessions have ended.' }
  },
}
