import { foldName, type Transaction } from '@bitewing/db'
import { patientIdentifiers, patients, studies, type MatchState } from '@bitewing/db/schema'
import { and, eq, inArray, isNull } from 'drizzle-orm'
import { date, personName, text, type Attributes } from './attribute-values.ts'

/**
 * Finds the practice's patient for a new study by Patient ID (0010,0020) and its issuer (0010,0021), and makes
 * one when nobody has this identifier. A known identifier with another name or birth date is linked as `doubtful`
 * and shown to staff: machines and front desks mistype, and the wrong chart is worse than a question. Not where staff
 * have settled it: an earlier study said the same.
 */
export async function matchPatient(
  tx: Transaction,
  tenantId: string,
  attributes: Attributes,
): Promise<{ patientId: string | null; matchState: MatchState }> {
  const value = text(attributes, '00100020')
  const issuer = text(attributes, '00100021')
  // no LO is so long (PS3.5 §6.2): such a thing names nobody, and would not fit the index
  if (!value || value.length + issuer.length > 500) return { patientId: null, matchState: 'unmatched' }

  const name = nameParts(personName(attributes, '00100010'))
  const birthDate = date(attributes, '00100030')
  const nameFold = foldName(`${name.familyName} ${name.givenName}`).slice(0, 500) // indexed

  const isIdentifier = and(
    eq(patientIdentifiers.tenantId, tenantId),
    eq(patientIdentifiers.kind, 'dicom'),
    eq(patientIdentifiers.issuer, issuer),
    eq(patientIdentifiers.value, value),
  )
  const [known] = await tx
    .select({ id: patients.id, nameFold: patients.nameFold, birthDate: patients.birthDate })
    .from(patientIdentifiers)
    .innerJoin(patients, eq(patients.id, patientIdentifiers.patientId))
    .where(isIdentifier)
  if (known) {
    const agrees =
      ((known.nameFold === nameFold || nameFold === '') &&
        (known.birthDate === birthDate || birthDate === null)) ||
      (await isAsBefore(tx, known.id, attributes))
    return { patientId: known.id, matchState: agrees ? 'matched' : 'doubtful' }
  }

  const [made] = await tx
    .insert(patients)
    .values({ tenantId, ...name, nameFold, birthDate, sex: text(attributes, '00100040') || null })
    .returning({ id: patients.id })
  if (!made) throw new Error('patient was not written')
  const claimed = await tx
    .insert(patientIdentifiers)
    .values({ tenantId, patientId: made.id, kind: 'dicom', issuer, value })
    .onConflictDoNothing()
    .returning({ id: patientIdentifiers.id })
  if (claimed.length > 0) return { patientId: made.id, matchState: 'created' }

  // another study of the same new patient was first
  await tx.delete(patients).where(eq(patients.id, made.id))
  const [first] = await tx
    .select({ id: patientIdentifiers.patientId })
    .from(patientIdentifiers)
    .where(isIdentifier)
  return first ? { patientId: first.id, matchState: 'matched' } : { patientId: null, matchState: 'unmatched' }
}

/**
 * Whether a study that is the patient's without doubt says the same of them: the record was corrected, or merged with
 * another one, and the machine goes on as it did.
 */
async function isAsBefore(tx: Transaction, patientId: string, attributes: Attributes): Promise<boolean> {
  const birthDate = date(attributes, '00100030')
  const [before] = await tx
    .select({ id: studies.id })
    .from(studies)
    .where(
      and(
        eq(studies.patientId, patientId),
        eq(studies.dicomPatientId, text(attributes, '00100020')),
        eq(studies.issuerOfPatientId, text(attributes, '00100021')),
        eq(studies.patientNameFold, foldName(personName(attributes, '00100010')).slice(0, 500)),
        birthDate === null ? isNull(studies.patientBirthDate) : eq(studies.patientBirthDate, birthDate),
        inArray(studies.matchState, ['created', 'matched', 'confirmed']),
      ),
    )
    .limit(1)
  return before !== undefined
}

/** Family and given name of a PN's first group that has any, PS3.5 §6.2.1.1. */
function nameParts(name: string): { familyName: string; givenName: string } {
  const group = name.split('=').find((part) => part.replace(/\^/g, '').trim()) ?? ''
  const [family = '', given = '', middle = ''] = group.split('^').map((part) => part.trim())
  return { familyName: family, givenName: [given, middle].filter(Boolean).join(' ') }
}
