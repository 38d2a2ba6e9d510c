import { date, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import type { LayoutRows } from './mount-layouts.ts'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

/** The layouts of mounts, by what they hold and how many. */
export const mountTemplates = [
  'full-mouth-18',
  'bitewings-4',
  'bitewings-2',
  'photographs-8',
  'orthodontic-records',
] as const
export type MountTemplate = (typeof mountTemplates)[number]

/** A practice's own layout as it was when a mount was made by it: changing or removing it later leaves the mount alone. */
export type KeptLayout = { id: string; version: number; name: string; rows: LayoutRows }

/** Where in an orthodontic treatment records were taken: the progress states of ADA Standard 1107. */
export const recordStages = [
  'first-observation',
  'observation',
  'initial',
  'progress',
  'final',
  'post-treatment',
] as const
export type RecordStage = (typeof recordStages)[number]

/** Degrees clockwise. */
export const quarterTurns = [0, 90, 180, 270] as const
export type QuarterTurn = (typeof quarterTurns)[number]

/** An image in a cell of a mount. */
export type MountedImage = {
  /** the cell's number in its template, 1-based, in the order of exposure */
  cell: number
  instanceId: string
  frame: number // 1-based
  /** how it is shown: first left to right reversed or not, then turned */
  mirrored: boolean
  turned: QuarterTurn
}

/** Images of one patient in the layout of a film mount, as staff left it. The images themselves never change. */
export const mounts = pgTable(
  'mounts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    patientId: ofPatient(),
    /** `own`: by a layout of the practice's own */
    template: text('template', { enum: [...mountTemplates, 'own'] }).notNull(),
    layout: jsonb('layout').$type<KeptLayout>(), // of `own`; null else
    day: date('day'), // whose images it is for; null for images without a date
    images: jsonb('images').$type<MountedImage[]>().notNull(), // at most one in a cell, each in one cell
    label: text('label'), // of orthodontic records: the time point as staff call it, `T0`; null for other mounts
    stage: text('stage', { enum: recordStages }), // of orthodontic records; null for other mounts
    /** counts changes: who saves over a state that somebody else has changed is told */
    version: integer('version').notNull().default(1),
    ...created(),
    ...changed(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (mount) => [
    index('mounts_patient').on(mount.tenantId, mount.patientId, mount.day),
    sameTenant(mount.tenantId, mount.patientId, patients),
    ownTenantOnly(mount.tenantId),
  ],
)
