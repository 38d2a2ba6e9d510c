import {
  countUnknown,
  createCredentialRefusals,
  type Audit,
  type CredentialRefusals,
  type Database,
} from '@bitewing/db'
import type { Logger } from 'pino'
import { Counter, type Registry } from 'prom-client'

/** What became of credentials that opened nothing: an event of whose they were, or a count of those made up. */
export function noteRefusals({
  db,
  audit,
  log,
  metrics,
}: {
  db: Database
  audit: Audit
  log: Logger
  metrics: Registry
}): CredentialRefusals {
  const unknown = new Counter({
    name: 'bitewing_credentials_unknown_total',
    help: 'Requests with a token or cookie that nobody ever gave out, or that is long gone',
    labelNames: ['credential'] as const,
    registers: [metrics],
  })
  const tell = countUnknown((counts) => log.warn(counts, 'credentials that nobody gave out'))
  return createCredentialRefusals({
    db,
    audit,
    onUnknown: (credential) => {
      unknown.inc({ credential })
      tell(credential)
    },
  })
}
