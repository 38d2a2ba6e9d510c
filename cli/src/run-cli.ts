import { parseArgs } from 'node:util'
import type { Command } from './command.ts'
import { archiveRestore } from './commands/archive-restore.ts'
import { auditVerify } from './commands/audit-verify.ts'
import { deviceAdd } from './commands/device-add.ts'
import { doctor } from './commands/doctor.ts'
import { indexRebuild } from './commands/index-rebuild.ts'
import { keyRotate } from './commands/key-rotate.ts'
import { storageMigrate } from './commands/storage-migrate.ts'
import { storageTiersApply } from './commands/storage-tiers-apply.ts'
import { storageTiersPlan } from './commands/storage-tiers-plan.ts'
import { storageTiersPolicy } from './commands/storage-tiers-policy.ts'
import { storeVerify } from './commands/store-verify.ts'
import { studyDeleted } from './commands/study-deleted.ts'
import { studyRestore } from './commands/study-restore.ts'
import { tenantCreate } from './commands/tenant-create.ts'
import { tenantShred } from './commands/tenant-shred.ts'
import { tokenCreate } from './commands/token-create.ts'
import { usage } from './commands/usage.ts'
import { userCreate } from './commands/user-create.ts'
import { userResetPassword } from './commands/user-reset-password.ts'
import { userResetSecondFactor } from './commands/user-reset-second-factor.ts'
import { readEnvironment } from './environment.ts'
import { connectOperator } from './operator.ts'
import { UsageError } from './usage-error.ts'

const commands: readonly Command[] = [
  tenantCreate,
  userCreate,
  userResetPassword,
  userResetSecondFactor,
  tokenCreate,
  deviceAdd,
  auditVerify,
  studyDeleted,
  studyRestore,
  storeVerify,
  archiveRestore,
  indexRebuild,
  storageMigrate,
  storageTiersPlan,
  storageTiersApply,
  storageTiersPolicy,
  usage,
  keyRotate,
  tenantShred,
  doctor,
]

export type CliIo = {
  /** variables that name the system; see environment.ts */
  environment: NodeJS.ProcessEnv
  readInput(): Promise<string>
  out(text: string): void
  error(text: string): void
}

/** Runs one command. @returns exit code: 0 done, 1 failed, 2 wrong usage */
export async function runCli(argv: readonly string[], io: CliIo): Promise<0 | 1 | 2> {
  const command = commands.find(({ name }) => name.split(' ').every((word, index) => argv[index] === word))
  if (!command) {
    const asked = argv.length === 0 || argv.includes('--help') || argv.includes('-h') || argv[0] === 'help'
    const wanted = argv[0] === 'help' ? argv.slice(1) : argv.filter((word) => !word.startsWith('-'))
    const known = wanted.length === 0 || commands.some(({ name }) => name.startsWith(wanted.join(' ')))
    if (asked && argv.length > 0 && known) {
      io.out(overview())
      return 0
    }
    io.error(
      argv.length === 0
        ? overview()
        : `There is no command "${argv.slice(0, 2).join(' ')}".\n\n${overview()}`,
    )
    return 2
  }

  try {
    const { values, positionals } = parse(command, argv.slice(command.name.split(' ').length))
    if (values['help']) {
      io.out(`Usage: bitewing ${command.usage} [--json]\n\n${command.help}`)
      return 0
    }
    if (positionals.length !== command.positionals.length) {
      throw new UsageError(`Usage: bitewing ${command.usage}`)
    }
    const options = Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : value === true ? [[name, 'true']] : [],
      ),
    )
    const operator = connectOperator(readEnvironment(io.environment))
    try {
      const result = await command.run(operator, {
        positionals,
        options,
        readInput: () => io.readInput(),
        progress: (line) => io.error(line),
      })
      io.out(values['json'] ? JSON.stringify(result.data) : result.text)
      return result.failed ? 1 : 0
    } finally {
      await operator.close()
    }
  } catch (error) {
    io.error(error instanceof Error ? messageOf(error) : 'It failed.')
    return error instanceof UsageError ? 2 : 1
  }
}

function parse(command: Command, args: string[]) {
  try {
    return parseArgs({
      args,
      options: { ...command.options, help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : ''}\nUsage: bitewing ${command.usage}`)
  }
}

/** Database errors carry the statement and its values: only their code is shown. */
function messageOf(error: Error): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') {
      return /ECONN|CONNECT|ENOENT/.test(cause.code)
        ? `A part of the system does not answer (${cause.code}). Is it running? "npm start" starts it.`
        : `The database refused (${cause.code}).`
    }
  }
  return error.message
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    'Usage: npm run --silent bitewing -- COMMAND [OPTIONS] [--json] [--help]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong usage.',
  ].join('\n')
}
