import { z } from 'zod'

/** What a person may be written down with, wherever that is done. */

/** Something that can be read: a name of spaces without width is found by nobody. */
export const FamilyName = z
  .string()
  .trim()
  .max(100)
  .regex(/[\p{L}\p{N}]/u)

/** A day somebody living may be born on, ISO date. */
export const BirthDate = z.iso.date().refine((day) => day >= '1880-01-01' && day <= tomorrow())

/** What machines send as Patient ID, null for none. LO, PS3.5 §6.2: a backslash parts two values, controls are none. */
export const PatientNumber = z
  .string()
  .trim()
  .max(64)
  .default('')
  .transform((text) => (text === '' ? null : text))
  .refine((number) => number === null || !/[\\\p{Cc}]/u.test(number))

/** Somewhere it is tomorrow already. */
function tomorrow(): string {
  return new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
}
