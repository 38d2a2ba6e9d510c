import { sql } from 'drizzle-orm'
import { bigint, pgPolicy, pgTable, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { appRole } from './policies.ts'

/** The head of each practice's audit chain; its row lock orders the batches. */
export const auditChains = pgTable(
  'audit_chains',
  {
    chainId: uuid('chain_id').primaryKey(),
    lastPosition: bigint('last_position', { mode: 'number' }).notNull(),
    lastHash: bytea('last_hash').notNull(),
    anchoredPosition: bigint('anchored_position', { mode: 'number' }).notNull().default(0), // last signed head outside Postgres
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (chain) => [
    pgPolicy('own_chain', {
      for: 'all',
      to: appRole,
      using: sql`${chain.chainId} = current_audit_chain()`,
      withCheck: sql`${chain.chainId} = current_audit_chain()`,
    }),
  ],
)
