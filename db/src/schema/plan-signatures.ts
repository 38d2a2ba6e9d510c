import { bigint, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { planVersions } from './plan-versions.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { shares } from './shares.ts'
import { ofTenant } from './tenant-columns.ts'
import { users } from './users.ts'

/** Lines as drawn: each a row of x, y pairs in thousandths of the field's width. */
export type SignatureStrokes = number[][]

/** What a patient signed. The app may add rows and neither change nor remove them. */
export const planSignatures = pgTable(
  'plan_signatures',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    versionId: uuid('version_id').notNull(),
    name: text('name').notNull(), // as the signer wrote it
    consent: text('consent').notNull(), // the words that were agreed to
    locale: text('locale', { enum: ['en', 'fr'] }).notNull(), // of consent and plan as they were shown
    strokes: jsonb('strokes').$type<SignatureStrokes>().notNull(),
    declinedItems: uuid('declined_items').array(), // sorted; null: signed when a version was one thing
    acceptedCents: bigint('accepted_cents', { mode: 'number' }), // what the accepted items come to, as it was shown
    via: text('via', { enum: ['tablet', 'link'] }).notNull(),
    witnessId: uuid('witness_id').references(() => users.id), // whose session handed over the tablet
    shareId: uuid('share_id'),
    signedAt: instant('signed_at').notNull(), // millisecond precision; part of the digest
    digest: bytea('digest').notNull(), // SHA-256 over the version's digest and everything above
  },
  (signature) => [
    uniqueIndex('plan_signatures_version').on(signature.versionId),
    sameTenant(signature.tenantId, signature.versionId, planVersions),
    sameTenant(signature.tenantId, signature.shareId, shares),
    ownTenantOnly(signature.tenantId),
  ],
)
