import { pgTable, text } from 'drizzle-orm/pg-core'
import { bytea } from './columns.ts'
import { systemOnly } from './policies.ts'

/** The system's own keys, wrapped by the master key; so that a new master key changes none of them. */
export const systemKeys = pgTable(
  'system_keys',
  {
    name: text('name', { enum: ['objects', 'audit'] }).primaryKey(), // objects of no practice; seed of the key that signs
    wrapped: bytea('wrapped').notNull(),
  },
  () => [systemOnly()],
)
