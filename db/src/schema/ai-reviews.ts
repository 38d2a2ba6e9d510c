import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instances } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { created, ofTenant } from './tenant-columns.ts'
import { toothFindings } from './tooth-findings.ts'

/** `open`: a verdict was taken back. */
const aiVerdicts = ['accepted', 'rejected', 'open'] as const
export type AiVerdict = (typeof aiVerdicts)[number]

/** What a dentist said of something that software found; only added to. The latest of a finding counts. */
export const aiReviews = pgTable(
  'ai_reviews',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    /** the report or presentation state that the software sent */
    instanceId: uuid('instance_id')
      .notNull()
      .references(() => instances.id, { onDelete: 'cascade' }),
    /** which of its findings: a tracking UID, or its place in the report */
    finding: text('finding').notNull(),
    verdict: text('verdict', { enum: aiVerdicts }).notNull(),
    /** what it became on the tooth chart */
    toothFindingId: uuid('tooth_finding_id'),
    ...created(),
  },
  (review) => [
    index('ai_reviews_instance').on(review.instanceId, review.finding, review.createdAt),
    sameTenant(review.tenantId, review.toothFindingId, toothFindings).onDelete('set null'),
    ownTenantOnly(review.tenantId),
  ],
)
