import {
  closeDatabase,
  connectDatabase,
  createAudit,
  createSessions,
  type Audit,
  type Database,
  type Sessions,
} from '@bitewing/db'
import { readEnvironment, type Environment } from './environment.ts'

export type Ports = { environment: Environment; db: Database; sessions: Sessions; audit: Audit }

let made: Ports | undefined

/** Database, sessions and audit of this process; made when first asked for, so that a build needs none of them. */
export function ports(): Ports {
  return (made ??= compose())
}

function compose(): Ports {
  const environment = readEnvironment(process.env)
  const db = connectDatabase(environment.databaseUrl, environment.databaseConnectionsMax)
  const audit = createAudit({ db })
  // adapter-node's event, after the last response has left
  process.once('sveltekit:shutdown', () => {
    void audit.close().finally(() => closeDatabase(db))
  })
  return { environment, db, sessions: createSessions({ db, secure: environment.secureCookies }), audit }
}
