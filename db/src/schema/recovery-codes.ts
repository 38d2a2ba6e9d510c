import { pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { byUser } from './tenant-columns.ts'

/** What opens in the place of a second factor that is lost; each once. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: byUser('user_id'),
    codeHash: bytea('code_hash').notNull(), // SHA-256; the codes are random
    usedAt: instant('used_at'),
  },
  (code) => [primaryKey({ columns: [code.userId, code.codeHash] })],
).enableRLS()
