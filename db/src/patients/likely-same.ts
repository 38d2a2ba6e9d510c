import { and, eq, inArray, or, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { patientDistinctions, patientIdentifiers, patients } from '../schema/index.ts'
import { compareIdentities, type Likeness } from './compare-identities.ts'
import { foldName } from './fold-name.ts'

export type LikelySame = {
  id: string
  familyName: string
  givenName: string
  birthDate: string | null
  sex: string | null
  /** what machines know them by; '' for none */
  number: string
  likeness: Likeness
}

/** So many of one birth date or one name are looked at, of all who are asked about. */
const candidatesMax = 2000
const strength = ['same', 'birth-alike', 'name-alike', 'birth-missing'] as const

/**
 * Of each of these patients, who else in the practice may be the same person, the likeliest first; those of whom staff
 * have said that they are two are left out. Patients like nobody are missing. Inside withTenant.
 */
export async function likelySame(
  tx: Transaction,
  patientIds: readonly string[],
): Promise<Map<string, LikelySame[]>> {
  const found = new Map<string, LikelySame[]>()
  if (patientIds.length === 0) return found
  const columns = {
    id: patients.id,
    familyName: patients.familyName,
    givenName: patients.givenName,
    birthDate: patients.birthDate,
    sex: patients.sex,
  }
  const own = await tx
    .select(columns)
    .from(patients)
    .where(inArray(patients.id, [...patientIds]))
  // as the record has it, and as a machine that swaps them has it
  const names = new Set(
    own.flatMap(({ familyName, givenName }) => [
      foldName(`${familyName} ${givenName}`).slice(0, 500),
      foldName(`${givenName} ${familyName}`).slice(0, 500),
    ]),
  )
  const births = new Set(own.flatMap(({ birthDate }) => birthDate ?? []))
  // one index for each: together Postgres would read all patients
  const candidates = await tx
    .select(columns)
    .from(patients)
    .where(sql`${patients.nameFold} = ANY(${sql.param([...names])}::text[])`)
    .limit(candidatesMax)
    .union(
      tx
        .select(columns)
        .from(patients)
        .where(sql`${patients.birthDate} = ANY(${sql.param([...births])}::date[])`)
        .limit(candidatesMax),
    )
  const pairs = own.flatMap((one) =>
    candidates.flatMap((other) => {
      const likeness = other.id === one.id ? null : compareIdentities(one, other)
      return likeness === null ? [] : [{ one, other, likeness }]
    }),
  )
  if (pairs.length === 0) return found

  const told = await tx
    .select({ oneId: patientDistinctions.oneId, otherId: patientDistinctions.otherId })
    .from(patientDistinctions)
    .where(
      or(
        ...pairs.map(({ one, other }) => {
          const [low, high] = inOrder(one.id, other.id)
          return and(eq(patientDistinctions.oneId, low), eq(patientDistinctions.otherId, high))
        }),
      ),
    )
  const areTwo = new Set(told.map(({ oneId, otherId }) => `${oneId} ${otherId}`))
  const others = [...new Set(pairs.map(({ other }) => other.id))]
  const numbers = await tx
    .select({ patientId: patientIdentifiers.patientId, value: patientIdentifiers.value })
    .from(patientIdentifiers)
    .where(and(inArray(patientIdentifiers.patientId, others), eq(patientIdentifiers.kind, 'dicom')))
    .orderBy(patientIdentifiers.createdAt)
  for (const { one, other, likeness } of pairs) {
    if (areTwo.has(inOrder(one.id, other.id).join(' '))) continue
    const number = numbers.find(({ patientId }) => patientId === other.id)?.value ?? ''
    found.set(one.id, [...(found.get(one.id) ?? []), { ...other, number, likeness }])
  }
  for (const list of found.values())
    list.sort((a, b) => strength.indexOf(a.likeness) - strength.indexOf(b.likeness))
  return found
}

function inOrder(a: string, b: string): [string, string] {
  return a < b ? [a, b] : [b, a]
}
