import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  addAlert,
  createPatient,
  createUser,
  endAlert,
  noteOpened,
  openedPatients,
  parsePatientSearch,
  patientNotes,
  readPatient,
  removeNote,
  saveContact,
  saveNote,
  searchPatients,
  unreadArrivals,
  withTenant,
} from '../index.ts'
import {
  appointments,
  patientAlerts,
  patientKeys,
  patientNotes as notes,
  patientNoteVersions,
} from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'
import { beginsWith } from './begins-with.ts'

const { db, owner, tenant } = await testDatabase()

const practice = async (slug: string) => {
  const { id } = await tenant(slug)
  const { id: userId } = await createUser(owner, {
    email: `desk@${slug}.example`,
    name: 'Josée Tremblay',
    password: randomUUID(),
    isOperator: false,
    membership: { tenantId: id, role: 'front-desk' },
  })
  return { id, userId, staff: { tenantId: id, userId, sessionId: null, address: null } }
}
const [plateau, riveSud] = await Promise.all([practice('plateau'), practice('rivesud')])
const patientId = await withTenant(db, plateau.id, (tx) =>
  addPatient(tx, plateau.id, { familyName: 'Côté', givenName: 'Élodie' }),
)
const read = () => withTenant(db, plateau.id, (tx) => readPatient(tx, patientId))
const notesOf = () => withTenant(db, plateau.id, (tx) => patientNotes(tx, patientId))
const found = (typed: string) =>
  withTenant(db, plateau.id, async (tx) => {
    const search = parsePatientSearch(typed)
    return (await searchPatients(tx, { search, limit: 9, offset: 0 })).patients.map(({ id }) => id)
  })

test('an alert stands with the patient until it ends, and again when that is taken back', async () => {
  const id = await addAlert(db, plateau.staff, { patientId, kind: 'allergy', text: 'pénicilline' })
  const [alert] = (await read())?.alerts ?? []
  expect(alert).toMatchObject({ id, kind: 'allergy', text: 'pénicilline', createdBy: 'Josée Tremblay' })
  const end = (ended: boolean, staff = plateau.staff) =>
    endAlert(db, staff, { patientId, alertId: id ?? '', ended })
  expect([await end(true), (await read())?.alerts]).toEqual([true, []])
  expect([await end(false), (await read())?.alerts.length]).toEqual([true, 1])
  expect(await end(true, riveSud.staff)).toBe(false)
  expect(await addAlert(db, riveSud.staff, { patientId, kind: 'other', text: '' })).toBeNull()
})

test('a note keeps all that it ever said, with who said it', async () => {
  const day = '2026-11-21'
  expect(await saveNote(db, plateau.staff, { patientId, held: null, day, text: 'first' })).toBe('saved')
  const [note] = await notesOf()
  const held = { id: note?.id ?? '', version: 1 }
  const again = (text: string) => saveNote(db, plateau.staff, { patientId, held, day, text })
  const answers = await Promise.all([again('second'), again('other')])
  expect(answers.toSorted()).toEqual(['changed', 'saved'])
  const texts = (await notesOf())[0]?.versions.map(({ number, text, writtenBy }) => [number, text, writtenBy])
  const kept = answers[0] === 'saved' ? 'second' : 'other'
  expect(texts).toEqual([
    [1, 'first', 'Josée Tremblay'],
    [2, kept, 'Josée Tremblay'],
  ])
  const remove = (removed: boolean) => removeNote(db, plateau.staff, { patientId, noteId: held.id, removed })
  expect([await remove(true), await notesOf(), await remove(true)]).toEqual([true, [], false])
  expect([await remove(false), (await notesOf()).length]).toEqual([true, 1])
  expect(await saveNote(db, riveSud.staff, { patientId, held, day, text: 'x' })).toBe('absent')
  // what was written cannot be written over
  await expect(
    withTenant(db, plateau.id, (tx) => tx.update(patientNoteVersions).set({ text: 'x' })),
  ).rejects.toThrow()
})

test('a phone number is found in any spelling, by its beginning, its last seven and its last four digits', async () => {
  const before = { phone: null, email: null }
  const contact = { phone: '+1 (418) 555-0134, poste 22', email: null }
  expect(await saveContact(db, plateau.staff, { patientId, before, contact })).toBe('saved')
  for (const typed of ['418 555', '(418) 555-0134', '1-418-555-0134', '+14185550134', '5550134', '0134'])
    expect([typed, await found(typed)]).toEqual([typed, [patientId]])
  for (const typed of ['4185550135', '22', '555 0135', '134'])
    expect([typed, await found(typed)]).toEqual([typed, []])
  const changed = { phone: '581 555 0199', email: 'elodie@exemple.example' }
  // who saw what stood before is told, and what was typed is not lost by overwriting
  expect(await saveContact(db, plateau.staff, { patientId, before, contact: changed })).toEqual({
    standing: contact,
  })
  await saveContact(db, plateau.staff, { patientId, before: contact, contact: changed })
  expect([await found('0134'), await found('581555')]).toEqual([[], [patientId]])
  expect(await saveContact(db, riveSud.staff, { patientId, before: changed, contact })).toBeNull()
})

test('a patient made at the desk is found at once, and gets the images that come under their number', async () => {
  const person = { birthDate: '2010-09-14', sex: null, phone: null, email: null }
  const made = await createPatient(db, plateau.staff, {
    ...person,
    familyName: 'Lefrançois',
    givenName: 'Œdipe',
    number: 'N-7',
  })
  const id = made.outcome === 'created' ? made.id : ''
  for (const typed of ['lefran', 'oedipe LEF', 'n-7', '14/09/2010', '14.9.2010', '2010-09-14'])
    expect([typed, await found(typed)]).toEqual([typed, [id]])
  const second = { ...person, familyName: 'Roy', givenName: '', number: 'N-7' }
  expect(await createPatient(db, plateau.staff, second)).toEqual({ outcome: 'number' })
  expect(await createPatient(db, riveSud.staff, second)).toMatchObject({ outcome: 'created' })
})

test('of two desks that give one number at the same moment one makes the patient, the other is told', async () => {
  const twin = { familyName: 'Roy', givenName: '', birthDate: null, sex: null, phone: null, email: null }
  const made = await Promise.all(
    [1, 2].map(() => createPatient(db, plateau.staff, { ...twin, number: 'AT-ONCE' })),
  )
  expect(made.map(({ outcome }) => outcome).sort()).toEqual(['created', 'number'])
})

// LIKE would be a filter over all patients: row-level security trusts it with nobody's rows
test('a search is a range of an index, also as the role that row-level security binds', async () => {
  const plan = await withTenant(db, plateau.id, async (tx) => {
    await tx.execute(sql`SET LOCAL enable_seqscan = off`)
    const { rows } = await tx.execute<Record<'QUERY PLAN', string>>(
      sql`EXPLAIN SELECT patient_id FROM patient_keys WHERE kind = 'name' AND ${beginsWith(patientKeys.key, 'cot')}`,
    )
    return rows.map((row) => row['QUERY PLAN']).join(' ')
  })
  expect(plan).toMatch(/Index Cond: \(.*tenant_id = .*kind = 'name'.*key >= 'cot'.*key < 'cot/)
})

test('filters narrow what is found, and one finds whom to call', async () => {
  const [seen, away] = await withTenant(db, plateau.id, async (tx) => {
    const ids = [
      await addPatient(tx, plateau.id, { familyName: 'Filtre', givenName: 'Ada' }),
      await addPatient(tx, plateau.id, { familyName: 'Filtre', givenName: 'Ben' }),
    ] as const
    await addStudy(tx, plateau.id, { patientId: ids[0], studyDate: '2026-10-01' })
    await addStudy(tx, plateau.id, { patientId: ids[1], studyDate: '2024-01-01' })
    return ids
  })
  const search = parsePatientSearch('filtre')
  const filtered = (filter: Parameters<typeof searchPatients>[1]['filter']) =>
    withTenant(db, plateau.id, async (tx) =>
      (await searchPatients(tx, { search, filter, limit: 9, offset: 0 })).patients.map(({ id }) => id),
    )
  expect(await filtered({})).toEqual([seen, away])
  expect(await filtered({ imagesSince: '2026-01-01' })).toEqual([seen])
  expect(await filtered({ noVisitSince: '2026-01-01' })).toEqual([away])
  // late in the evening there, and the day after in UTC
  await withTenant(db, plateau.id, (tx) =>
    tx.insert(appointments).values({
      tenantId: plateau.id,
      patientId: away,
      providerId: plateau.userId,
      startsAt: new Date('2026-03-04T03:00:00Z'),
      minutes: 30,
      kind: 'treatment',
      createdBy: plateau.userId,
      changedBy: plateau.userId,
    }),
  )
  expect(await filtered({ noVisitSince: '2026-03-03' })).toEqual([])
  expect(await filtered({ noVisitSince: '2026-03-04' })).toEqual([away])
  await withTenant(db, plateau.id, (tx) => tx.update(appointments).set({ status: 'cancelled' }))
  expect(await filtered({ openPlan: true })).toEqual([])
  expect(await filtered({ providerId: plateau.userId })).toEqual([])
})

test('images are unread until somebody who may see them opens the patient', async () => {
  const who = (sawImages: boolean) => ({
    tenantId: plateau.id,
    userId: plateau.userId,
    patientId,
    sawImages,
  })
  const open = (sawImages: boolean) => withTenant(db, plateau.id, (tx) => noteOpened(tx, who(sawImages)))
  const unread = async () =>
    (await withTenant(db, plateau.id, unreadArrivals)).patients.some((each) => each.patientId === patientId)
  await withTenant(db, plateau.id, (tx) => addStudy(tx, plateau.id, { patientId }))
  expect(await unread()).toBe(true)
  await open(false)
  expect(await unread()).toBe(true)
  await open(true)
  expect(await unread()).toBe(false)
  const recent = (userId: string, of = plateau.id) =>
    withTenant(db, of, async (tx) => (await openedPatients(tx, userId, 5)).map(({ id }) => id))
  expect(await recent(plateau.userId)).toEqual([patientId])
  expect(await recent(plateau.userId, riveSud.id)).toEqual([])
})

test('another practice reads nothing of it, by no query', async () => {
  for (const table of [patientAlerts, notes, patientNoteVersions])
    expect(await withTenant(db, riveSud.id, (tx) => tx.select().from(table))).toEqual([])
  const keys = await withTenant(db, riveSud.id, (tx) => tx.select().from(patientKeys))
  expect(keys.map(({ key }) => key).toSorted()).toEqual(['n-7', 'roy'])
})
