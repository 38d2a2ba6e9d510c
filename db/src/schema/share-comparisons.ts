import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { comparisonModes, comparisons, type ComparedImage } from './comparisons.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { shares } from './shares.ts'
import { created, ofTenant } from './tenant-columns.ts'

/**
 * A comparison that a link shows, as it was when staff added it: what they change of theirs later does not change what
 * was given away. Its images are open to the link as renditions, whatever else the link opens.
 */
export const shareComparisons = pgTable(
  'share_comparisons',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    shareId: uuid('share_id').notNull(),
    /** whose copy this is; its patient is the images', or they are not shown */
    comparisonId: uuid('comparison_id').notNull(),
    title: text('title').notNull(),
    mode: text('mode', { enum: comparisonModes }).notNull(),
    images: jsonb('images').$type<ComparedImage[]>().notNull(),
    ...created(),
    removedAt: instant('removed_at'), // taken out of the link again
  },
  (shown) => [
    index('share_comparisons_share').on(shown.shareId),
    index('share_comparisons_comparison').on(shown.comparisonId),
    sameTenant(shown.tenantId, shown.shareId, shares).onDelete('cascade'),
    sameTenant(shown.tenantId, shown.comparisonId, comparisons),
    ownTenantOnly(shown.tenantId),
  ],
)
