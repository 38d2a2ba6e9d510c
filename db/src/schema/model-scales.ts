import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instances } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { changed, ofTenant } from './tenant-columns.ts'

/** What one unit of a model's coordinates may be. */
export const modelUnits = ['mm', 'cm', 'm', 'in'] as const
export type ModelUnit = (typeof modelUnits)[number]

/** What staff said of a digital model whose file does not say its unit, or says one that cannot be. */
export const modelScales = pgTable(
  'model_scales',
  {
    instanceId: uuid('instance_id')
      .primaryKey()
      .references(() => instances.id, { onDelete: 'cascade' }),
    tenantId: ofTenant(),
    unit: text('unit', { enum: modelUnits }), // null: taken back
    ...changed(),
  },
  (scale) => [ownTenantOnly(scale.tenantId)],
)
