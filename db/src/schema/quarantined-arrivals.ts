import { bigint, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { systemOnly } from './policies.ts'
import { tenants } from './tenants.ts'

/**
 * `other-address`: a registered device's title, and not its address; `deleted`: it belongs to what the practice deleted
 * and may still restore.
 */
export const quarantineReasons = [
  'unknown-ae-title',
  'unknown-device',
  'other-address',
  'unreadable',
  'deleted',
] as const
export type QuarantineReason = (typeof quarantineReasons)[number]

/** C-STORE arrivals that belong to no practice yet. No patient data: the operator sees titles, address, counts, bytes. */
export const quarantinedArrivals = pgTable(
  'quarantined_arrivals',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    archiveId: text('archive_id').notNull().default('default'),
    orthancId: text('orthanc_id').notNull(), // '' when only the spool holds it
    spoolName: text('spool_name').notNull().default(''), // file in the quarantine folder of the spool, without extension
    fileMd5: text('file_md5').notNull().default(''),
    calledAeTitle: text('called_ae_title').notNull(),
    callingAeTitle: text('calling_ae_title').notNull(),
    remoteAddress: text('remote_address').notNull(),
    reason: text('reason', { enum: quarantineReasons }).notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    arrivedAt: instant('arrived_at').notNull().defaultNow(),
    assignedTenantId: uuid('assigned_tenant_id').references(() => tenants.id), // set by the operator
    assignedAt: instant('assigned_at'),
    ingestedAt: instant('ingested_at'),
    failure: text('failure'), // why it could not be ingested after assignment; a code, no patient data
  },
  (arrival) => [
    uniqueIndex('quarantined_arrivals_once').on(
      arrival.archiveId,
      arrival.orthancId,
      arrival.spoolName,
      arrival.calledAeTitle,
    ),
    index('quarantined_arrivals_group').on(
      arrival.calledAeTitle,
      arrival.callingAeTitle,
      arrival.remoteAddress,
    ),
    systemOnly(),
  ],
)
