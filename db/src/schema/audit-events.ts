import { sql } from 'drizzle-orm'
import { bigint, index, integer, jsonb, pgPolicy, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { appRole } from './policies.ts'

/**
 * The audit log: append-only for the app's role, hash-chained per practice.
 * `chain_id` is the practice's id, or the nil UUID for events of no practice (a failed log-in, an operator).
 */
export const auditEvents = pgTable(
  'audit_events',
  {
    chainId: uuid('chain_id').notNull(),
    position: bigint('position', { mode: 'number' }).notNull(), // 1, 2, 3 … without gaps
    at: instant('at').notNull(), // millisecond precision; part of the hash
    kind: text('kind').notNull(),
    outcome: text('outcome', { enum: ['success', 'denied', 'failure'] }).notNull(),
    actorKind: text('actor_kind', {
      enum: ['user', 'token', 'share', 'device', 'system', 'anonymous'],
    }).notNull(),
    actorId: text('actor_id'), // id of user, token or share; AE title of a device
    sessionId: text('session_id'), // public id of the session
    address: text('address'), // of the client
    patientId: uuid('patient_id'),
    studyId: uuid('study_id'), // ours, not the UID
    detail: jsonb('detail').$type<Record<string, string | number | boolean | null>>().notNull(), // ids and counts, never names
    previousHash: bytea('previous_hash').notNull(), // 32 bytes; zeros before the first
    hash: bytea('hash').notNull(), // SHA-256 over previous hash and the canonical event
    version: integer('version').notNull().default(1), // of the canonical form
  },
  (event) => [
    primaryKey({ columns: [event.chainId, event.position] }),
    index('audit_events_at').on(event.chainId, event.at),
    index('audit_events_study').on(event.chainId, event.studyId, event.at),
    index('audit_events_patient').on(event.chainId, event.patientId, event.at),
    pgPolicy('read_own', {
      for: 'select',
      to: appRole,
      using: sql`${event.chainId} = current_audit_chain()`,
    }),
    pgPolicy('append_own', {
      for: 'insert',
      to: appRole,
      withCheck: sql`${event.chainId} = current_audit_chain()`,
    }),
  ],
)
