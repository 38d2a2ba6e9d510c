import { uuid } from 'drizzle-orm/pg-core'

/** Whom a row is about; stands with `sameTenant`. */
export const ofPatient = () => uuid('patient_id').notNull()
