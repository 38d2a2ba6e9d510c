import {
  closeDatabase,
  connectDatabase,
  createAccountKey,
  countUnknown,
  createAudit,
  createCredentialRefusals,
  createSessions,
  type AccountKey,
  type Audit,
  type CredentialRefusals,
  type Database,
  type Sessions,
} from '@bitewing/db'
import { readEnvironment, type Environment } from './environment.ts'

export type Ports = {
  environment: Environment
  db: Database
  /** opens the secrets of authenticator apps */
  accountKey: AccountKey
  sessions: Sessions
  audit: Audit
  /** told of cookies and links that open nothing */
  refusals: CredentialRefusals
}

let made: Ports | undefined

/** Database, sessions and audit of this process; made when first asked for, so that a build needs none of them. */
export function ports(): Ports {
  return (made ??= compose())
}

/** Closes them; whoever asks again gets new ones. */
export async function closePorts(): Promise<void> {
  const closing = made
  made = undefined
  if (!closing) return
  try {
    await closing.audit.close()
  } finally {
    await closeDatabase(closing.db)
  }
}

function compose(): Ports {
  const environment = readEnvironment(process.env)
  const db = connectDatabase(environment.databaseUrl, environment.databaseConnectionsMax)
  const audit = createAudit({ db })
  // adapter-node's event, after the last response has left
  process.once('sveltekit:shutdown', () => void closePorts())
  const onUnknown = countUnknown((counts) =>
    console.warn(
      JSON.stringify({ level: 'warn', app: 'web', msg: 'credentials that nobody gave out', ...counts }),
    ),
  )
  return {
    environment,
    db,
    accountKey: createAccountKey(environment.accountKey),
    sessions: createSessions({ db, secure: environment.secureCookies }),
    audit,
    refusals: createCredentialRefusals({ db, audit, onUnknown }),
  }
}
