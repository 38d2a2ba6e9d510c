import { uuid } from 'drizzle-orm/pg-core'
import { patients } from './patients.ts'

/** Whom a row is about. */
export const ofPatient = () =>
  uuid('patient_id')
    .notNull()
    .references(() => patients.id)
