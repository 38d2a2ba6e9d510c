import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { plans } from './plans.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { byUser, changed, created, ofTenant } from './tenant-columns.ts'

/** What somebody comes for. */
export const appointmentKinds = [
  'examination',
  'hygiene',
  'treatment',
  'surgery',
  'orthodontics',
  'images',
  'consultation',
  'emergency',
  'other',
] as const
export type AppointmentKind = (typeof appointmentKinds)[number]

/** Where it stands; every step can be taken back. Missed and cancelled ones take nobody's time. */
export const appointmentStatuses = [
  'booked',
  'confirmed',
  'arrived',
  'in-treatment',
  'done',
  'missed',
  'cancelled',
] as const
export type AppointmentStatus = (typeof appointmentStatuses)[number]

/** A patient's time with somebody of the practice. Two may overlap: whoever books is told, and decides. */
export const appointments = pgTable(
  'appointments',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    patientId: ofPatient(),
    providerId: byUser('provider_id'), // a member of the practice, still or once
    startsAt: instant('starts_at').notNull(),
    minutes: integer('minutes').notNull(), // how long, 5 to 720
    room: text('room').notNull().default(''), // room or chair as staff call it; '' for none
    kind: text('kind', { enum: appointmentKinds }).notNull(),
    note: text('note').notNull().default(''),
    status: text('status', { enum: appointmentStatuses }).notNull().default('booked'),
    statusAt: instant('status_at').notNull().defaultNow(), // since when
    planId: uuid('plan_id'), // the plan whose visit it is for
    visitId: uuid('visit_id'), // in the plan's content; null with no plan
    version: integer('version').notNull().default(1), // counts changes
    ...created(),
    ...changed(),
  },
  (appointment) => [
    index('appointments_time').on(appointment.tenantId, appointment.startsAt),
    index('appointments_patient').on(appointment.tenantId, appointment.patientId, appointment.startsAt),
    index('appointments_provider').on(appointment.tenantId, appointment.providerId, appointment.startsAt),
    sameTenant(appointment.tenantId, appointment.planId, plans),
    sameTenant(appointment.tenantId, appointment.patientId, patients),
    ownTenantOnly(appointment.tenantId),
  ],
)
