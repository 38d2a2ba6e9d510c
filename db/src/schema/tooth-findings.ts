import { index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { findingEnds, findingKinds } from '../plan-rules/findings.ts'
import type { Surface } from '../plan-rules/surfaces.ts'
import { annotations } from './annotations.ts'
import { instances } from './instances.ts'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

const said = () => ({
  surfaces: text('surfaces').array().$type<Surface[]>().notNull(), // empty: the whole tooth
  detail: text('detail').notNull(), // material, depth, grade; '' where nothing is said
  note: text('note').notNull(), // in words; may be empty
  /** why it holds no longer; null while it does */
  ended: text('ended', { enum: findingEnds }),
})

/** What was found on a tooth, as it stands now. It ends, and is never deleted. */
export const toothFindings = pgTable(
  'tooth_findings',
  {
    id: uuid('id').primaryKey(), // made by whoever recorded it, so that sending it twice makes one
    tenantId: ofTenant(),
    patientId: ofPatient(),
    tooth: text('tooth').notNull(), // FDI
    kind: text('kind', { enum: findingKinds }).notNull(),
    ...said(),
    /** the image it was seen on, and what was drawn there */
    instanceId: uuid('instance_id').references(() => instances.id, { onDelete: 'set null' }),
    annotationId: uuid('annotation_id'),
    /** name and version of the software that proposed it; '' when nobody but people did */
    software: text('software').notNull(),
    version: integer('version').notNull().default(1), // counts changes
    ...created(),
    ...changed(),
  },
  (finding) => [
    uniqueIndex('tooth_findings_tenant_id').on(finding.tenantId, finding.id), // for sameTenant
    index('tooth_findings_patient').on(finding.tenantId, finding.patientId),
    sameTenant(finding.tenantId, finding.annotationId, annotations).onDelete('set null'),
    sameTenant(finding.tenantId, finding.patientId, patients),
    ownTenantOnly(finding.tenantId),
  ],
)

/** Each state that a finding ever had; only added to. */
export const toothFindingVersions = pgTable(
  'tooth_finding_versions',
  {
    findingId: uuid('finding_id').notNull(),
    version: integer('version').notNull(),
    tenantId: ofTenant(),
    ...said(),
    ...changed(),
  },
  (version) => [
    primaryKey({ columns: [version.findingId, version.version] }),
    sameTenant(version.tenantId, version.findingId, toothFindings).onDelete('cascade'),
    ownTenantOnly(version.tenantId),
  ],
)
