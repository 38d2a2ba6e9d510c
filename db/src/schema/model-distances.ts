import { index, jsonb, pgTable, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { studies } from './studies.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

/** A place on a digital model, in the coordinates of its file: what these are in millimetres is told by its unit. */
export type ModelPlace = { instanceId: string; at: [x: number, y: number, z: number] }

/** Distances that staff measured between two places on the digital models of one study. */
export const modelDistances = pgTable(
  'model_distances',
  {
    id: uuid('id').primaryKey(), // made by whoever measured it, so that sending it twice makes one
    tenantId: ofTenant(),
    studyId: uuid('study_id').notNull(),
    from: jsonb('from_place').$type<ModelPlace>().notNull(),
    to: jsonb('to_place').$type<ModelPlace>().notNull(),
    ...created(),
    ...changed(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (distance) => [
    index('model_distances_study').on(distance.tenantId, distance.studyId),
    sameTenant(distance.tenantId, distance.studyId, studies).onDelete('cascade'),
    ownTenantOnly(distance.tenantId),
  ],
)
