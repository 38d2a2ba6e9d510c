import { bigint, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { systemOnly } from './policies.ts'

/** One row per practice whose key was destroyed. From its first moment on nothing of the practice can be read. */
export const shreddedTenants = pgTable(
  'shredded_tenants',
  {
    id: uuid('id').primaryKey(), // of the practice, whose row goes at the end
    slug: text('slug').notNull(),
    begunAt: instant('begun_at').notNull().defaultNow(), // the key is gone from here on
    shreddedAt: instant('shredded_at'), // and everything else from here on
    instanceCount: integer('instance_count').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(), // of the originals
    lastPosition: bigint('last_position', { mode: 'number' }), // of its audit trail, which stays; null without one
    lastHash: bytea('last_hash'),
  },
  () => [systemOnly()],
)
