import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  addAlert,
  createPatient,
  createUser,
  likelySame,
  mergedInto,
  mergePatients,
  mergePreview,
  noteOpened,
  parsePatientSearch,
  patientStudies,
  readAuditTrail,
  readPatient,
  recordHistory,
  saveIdentity,
  saveNote,
  searchPatients,
  setDistinct,
  undoMerge,
  unreadArrivals,
  withTenant,
  type MergeChoice,
  type Transaction,
} from '../index.ts'
import { orthodonticCases, patientNotes, patients, studies } from '../schema/index.ts'
import { emptyOrthodonticContent, type OrthodonticContent } from '../orthodontics/orthodontic-content.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'
import { mergedTables } from './merged-tables.ts'

const { db, owner, tenant } = await testDatabase()

const practice = async (slug: string) => {
  const { id } = await tenant(slug)
  const { id: userId } = await createUser(owner, {
    email: `dentist@${slug}.example`,
    name: 'Marc Gagné',
    password: randomUUID(),
    isOperator: false,
    membership: { tenantId: id, role: 'dentist' },
  })
  return { id, userId, staff: { tenantId: id, userId, sessionId: null, address: null } }
}
const [plateau, riveSud] = await Promise.all([practice('plateau'), practice('rivesud')])
const inPlateau = <T>(work: (tx: Transaction) => Promise<T>) => withTenant(db, plateau.id, work)

/** As the front desk writes somebody down, and as the machine does: two records of one person. */
async function twice(familyName: string, givenName: string, number: string) {
  const person = { familyName, givenName, birthDate: '1990-05-06', sex: null, email: null }
  const made = await createPatient(db, plateau.staff, { ...person, phone: '418 555-0123', number: null })
  if (made.outcome !== 'created') throw new Error(made.outcome)
  return inPlateau(async (tx) => {
    const machine = await addPatient(tx, plateau.id, {
      familyName: familyName.toUpperCase(),
      givenName: givenName.toUpperCase(),
      birthDate: '1990-05-06',
      identifiers: [number],
    })
    const study = await addStudy(tx, plateau.id, { patientId: machine, matchState: 'created', instances: 2 })
    await tx.update(studies).set({ dicomPatientId: number }).where(eq(studies.id, study))
    return { desk: made.id, machine, study }
  })
}
const ofDesk: MergeChoice = { name: 'kept', birthDate: 'kept', sex: 'kept', phone: 'kept', email: 'kept' }
async function merge(keptId: string, mergedId: string, choice = ofDesk) {
  const preview = await inPlateau((tx) => mergePreview(tx, { keptId, mergedId }))
  const merged = await mergePatients(db, plateau.staff, {
    keptId,
    mergedId,
    choice,
    seen: preview?.seen ?? '',
  })
  return merged.outcome === 'merged' ? merged.mergeId : merged.outcome
}
const found = (typed: string) =>
  inPlateau(async (tx) => {
    const search = parsePatientSearch(typed)
    return (await searchPatients(tx, { search, limit: 9, offset: 0 })).patients.map(({ id }) => id).sort()
  })
const foundAs = (typed: string) =>
  inPlateau(async (tx) => {
    const { patients } = await searchPatients(tx, { search: parsePatientSearch(typed), limit: 9, offset: 0 })
    return patients.map(({ id, foundAs }) => [id, foundAs && foundAs.familyName])
  })
const studiesOf = (id: string) =>
  inPlateau(async (tx) => (await patientStudies(tx, id, { imagesMax: 0 })).map((study) => study.id).sort())

// a table that is new has to be decided on: in `mergedTables` with the trigger `follow_merged` (migration 0030), or here
test('every table that tells of a patient goes along in a merge, or stays behind on purpose', async () => {
  const { rows } = await owner.client.query<{ name: string; follows: boolean }>(`
    SELECT c.conrelid::regclass::text AS name, EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.conrelid AND t.tgname = 'follow_merged') AS follows
    FROM pg_constraint c WHERE c.confrelid = 'patients'::regclass AND c.contype = 'f' GROUP BY c.conrelid ORDER BY 1`)
  const stays = ['opened_patients', 'patient_distinctions', 'patient_keys', 'patient_merges', 'patients']
  expect(rows.map(({ name }) => name).filter((name) => !stays.includes(name))).toEqual(
    Object.keys(mergedTables).sort(),
  )
  const follow = rows.filter(({ follows }) => follows).map(({ name }) => name)
  expect(follow).toEqual([...Object.keys(mergedTables), 'opened_patients'].sort())
})

test('two records of one person are suggested on both, until staff say that they are two', async () => {
  const { desk, machine } = await twice('Lavoie', 'Noémie', 'L-1')
  const like = (id: string) =>
    inPlateau(async (tx) =>
      ((await likelySame(tx, [id])).get(id) ?? []).map((each) => [each.id, each.likeness]),
    )
  expect([await like(desk), await like(machine)]).toEqual([[[machine, 'same']], [[desk, 'same']]])
  expect(await withTenant(db, riveSud.id, (tx) => likelySame(tx, [desk]))).toEqual(new Map())

  const tell = (distinct: boolean, staff = plateau.staff) =>
    setDistinct(db, staff, { patientId: machine, otherId: desk, distinct })
  expect(await tell(true, riveSud.staff)).toBe(false)
  expect([await tell(true), await like(desk), await like(machine)]).toEqual([true, [], []])
  await tell(false)
  expect(await like(desk)).toHaveLength(1)
})

test('a merge moves all of one record into the other, and undoing it makes two again', async () => {
  const { desk, machine, study } = await twice('Bélanger', 'Zoé', 'B-1')
  await addAlert(db, plateau.staff, { patientId: machine, kind: 'pacemaker', text: '' })
  const mine = await inPlateau((tx) => addStudy(tx, plateau.id, { patientId: desk }))
  const preview = await inPlateau((tx) => mergePreview(tx, { keptId: desk, mergedId: machine }))
  expect(preview?.counts).toMatchObject({ studies: 1, images: 2, alerts: 1, notes: 0, shares: 0 })

  const mergeId = await merge(desk, machine)
  expect(await found('belanger')).toEqual([desk])
  expect(await found('B-1')).toEqual([desk])
  expect(await studiesOf(desk)).toEqual([mine, study].sort())
  const kept = await inPlateau((tx) => readPatient(tx, desk))
  expect(kept).toMatchObject({ familyName: 'Bélanger', phone: '418 555-0123' })
  expect([kept?.alerts.length, kept?.identifiers.map(({ value }) => value)]).toEqual([1, ['B-1']])
  // the other is nobody any more; links to it lead on, and what is written to it meanwhile does too
  expect(await inPlateau((tx) => readPatient(tx, machine))).toBeNull()
  expect(await inPlateau((tx) => mergedInto(tx, machine))).toBe(desk)
  expect(await withTenant(db, riveSud.id, (tx) => mergedInto(tx, machine))).toBeNull()
  const late = await inPlateau((tx) => addStudy(tx, plateau.id, { patientId: machine }))
  expect(await studiesOf(desk)).toContain(late)
  const [state] = await inPlateau((tx) => tx.select().from(studies).where(eq(studies.id, study)))
  expect(state).toMatchObject({ matchState: 'confirmed', dicomPatientId: 'B-1' })
  // an image that came since by the number goes with it; a note of staff stays where it was written
  await inPlateau((tx) => tx.update(studies).set({ dicomPatientId: 'B-1' }).where(eq(studies.id, late)))
  await saveNote(db, plateau.staff, { patientId: desk, held: null, day: '2026-01-02', text: 'since' })

  const undo = (staff = plateau.staff) => undoMerge(db, staff, { keptId: desk, mergeId })
  expect(await undo(riveSud.staff)).toBeNull()
  expect(await undo()).toBe(machine)
  expect(await undo()).toBeNull()
  expect([await studiesOf(desk), await studiesOf(machine)]).toEqual([[mine], [study, late].sort()])
  const again = await inPlateau((tx) => readPatient(tx, machine))
  expect(again).toMatchObject({ familyName: 'BÉLANGER', identifiers: [{ value: 'B-1' }], alerts: [{}] })
  expect(await inPlateau((tx) => tx.select().from(studies).where(eq(studies.id, study)))).toMatchObject([
    { matchState: 'created' },
  ])
  const notes = await inPlateau((tx) =>
    tx.select().from(patientNotes).where(eq(patientNotes.patientId, desk)),
  )
  expect(notes).toHaveLength(1)
})

test('the parts of the identity come from where staff say, are found, and go back', async () => {
  const { desk, machine } = await twice('Ouellet', 'Lou', 'O-1')
  const mergeId = await merge(desk, machine, { ...ofDesk, name: 'merged' })
  expect(await inPlateau((tx) => readPatient(tx, desk))).toMatchObject({ familyName: 'OUELLET' })
  const named = { familyName: 'OUELLET', givenName: 'LOU', birthDate: '1990-05-06', sex: null }
  const identity = { ...named, familyName: 'Ouellette' }
  await saveIdentity(db, plateau.staff, { patientId: desk, before: named, identity, add: null, remove: [] })
  // by the corrected one, the one before, and that of the record which went into it
  expect(await foundAs('ouellette')).toEqual([[desk, null]])
  await inPlateau((tx) =>
    tx.update(patients).set({ familyName: 'Roy', nameFold: 'roy lou' }).where(eq(patients.id, desk)),
  )
  expect(await foundAs('ouellet lou')).toEqual([[desk, 'OUELLET']])
  await inPlateau((tx) =>
    tx.update(patients).set({ familyName: 'OUELLET', nameFold: 'ouellet lou' }).where(eq(patients.id, desk)),
  )
  await inPlateau((tx) => tx.update(patients).set({ phone: '1' }).where(eq(patients.id, desk)))
  await undoMerge(db, plateau.staff, { keptId: desk, mergeId })
  expect(await inPlateau((tx) => readPatient(tx, desk))).toMatchObject({ familyName: 'Ouellet', phone: '1' })
  expect(await found('ouellet')).toEqual([desk, machine].sort())
})

test('what was changed since it was looked at is not merged', async () => {
  const { desk, machine } = await twice('Pelletier', 'Ève', 'P-1')
  const wanted = { keptId: desk, mergedId: machine, choice: ofDesk }
  expect(await mergePatients(db, plateau.staff, { ...wanted, seen: 'x' })).toEqual({ outcome: 'changed' })
  expect(await merge(desk, desk)).toBe('absent')
})

const treatment = (patientId: string, content: Partial<OrthodonticContent>) =>
  inPlateau((tx) =>
    tx.insert(orthodonticCases).values({
      tenantId: plateau.id,
      patientId,
      content: { ...emptyOrthodonticContent, ...content },
      createdBy: plateau.userId,
      changedBy: plateau.userId,
    }),
  )
async function treatmentOf(patientId: string): Promise<OrthodonticContent | undefined> {
  const [row] = await inPlateau((tx) =>
    tx.select().from(orthodonticCases).where(eq(orthodonticCases.patientId, patientId)),
  )
  return row?.content
}
const begun = (actual: string) => ({ started: { expected: null, actual } })
const visit = (day: string) => ({
  id: randomUUID(),
  day,
  upperWire: '0.014 NiTi',
  lowerWire: '',
  appliances: [],
  note: '',
})
const overjet = (...values: [day: string, value: number][]) => ({
  id: randomUUID(),
  name: 'Overjet',
  unit: 'mm' as const,
  normal: null,
  values: values.map(([day, value]) => ({ day, value })),
})

test('of two orthodontic treatments one is made that tells all of both, and undoing makes two of it', async () => {
  const { desk, machine } = await twice('Pelletier', 'Luc', 'P-2')
  const [early, late] = [visit('2025-02-01'), visit('2026-01-20')]
  const theirs = {
    ...begun('2025-01-15'),
    visits: [early],
    measures: [overjet(['2025-01-15', 6.5]), { ...overjet(['2025-02-01', 3]), name: 'Overbite' }],
  }
  const mine = {
    ...begun('2026-01-05'),
    milestones: [{ id: randomUUID(), name: 'Debond', expected: '2027-05-01', actual: null }],
    visits: [late],
    measures: [overjet(['2026-01-05', 4])],
  }
  await treatment(machine, theirs)
  await treatment(desk, mine)
  const [mergeId, joined] = [await merge(desk, machine), await treatmentOf(desk)]
  expect(joined?.started.actual).toBe('2025-01-15')
  expect(joined?.visits).toEqual([early, late])
  expect(joined?.milestones).toMatchObject([
    { name: 'Debond' },
    { name: 'Traitement commencé (autre dossier)', actual: '2026-01-05' },
  ])
  expect(joined?.measures.map(({ name, values }) => [name, values.map(({ value }) => value)])).toEqual([
    ['Overjet', [6.5, 4]],
    ['Overbite', [3]],
  ])

  await undoMerge(db, plateau.staff, { keptId: desk, mergeId })
  expect(await treatmentOf(desk)).toEqual({ ...emptyOrthodonticContent, ...mine })
  expect(await treatmentOf(machine)).toEqual({ ...emptyOrthodonticContent, ...theirs })

  // merged again and worked on: what was added since stays with the record that was kept
  const again = await merge(desk, machine)
  const held = await treatmentOf(desk)
  const since = visit('2026-03-03')
  if (held)
    await inPlateau((tx) =>
      tx
        .update(orthodonticCases)
        .set({ content: { ...held, visits: [...held.visits, since] }, version: 9 })
        .where(eq(orthodonticCases.patientId, desk)),
    )
  await undoMerge(db, plateau.staff, { keptId: desk, mergeId: again })
  expect((await treatmentOf(desk))?.visits).toEqual([late, since])
  expect((await treatmentOf(machine))?.visits).toEqual([early])
})

test('measures that contradict each other both stay, and more than a treatment may hold is refused', async () => {
  const { desk, machine } = await twice('Pelletier', 'Max', 'P-3')
  const many = Array.from({ length: 101 }, (_, index) => visit(`2026-0${1 + (index % 9)}-11`))
  await treatment(desk, { visits: many, measures: [overjet(['2026-01-05', 4])] })
  await treatment(machine, { visits: many.slice(0, 99), measures: [overjet(['2026-01-05', 5])] })
  const mergeId = await merge(desk, machine)
  expect((await treatmentOf(desk))?.measures.map(({ values }) => values[0]?.value)).toEqual([4, 5])
  expect((await treatmentOf(desk))?.visits).toHaveLength(200)
  await undoMerge(db, plateau.staff, { keptId: desk, mergeId })

  await inPlateau((tx) =>
    tx
      .update(orthodonticCases)
      .set({ content: { ...emptyOrthodonticContent, visits: many } })
      .where(eq(orthodonticCases.patientId, machine)),
  )
  expect(await merge(desk, machine)).toBe('two-treatments')
  expect((await treatmentOf(desk))?.visits).toHaveLength(101)
})

test('a record that has gone into a third leads there, and its merge is undone from the last to the first', async () => {
  const one = await twice('Simard', 'Ugo', 'S-1')
  const third = await inPlateau((tx) =>
    addPatient(tx, plateau.id, { familyName: 'Simard', givenName: 'Hugo' }),
  )
  const [first, second] = [await merge(one.desk, one.machine), await merge(third, one.desk)]
  expect(await inPlateau((tx) => mergedInto(tx, one.machine))).toBe(third)
  expect(await studiesOf(third)).toEqual([one.study])
  expect(await undoMerge(db, plateau.staff, { keptId: one.desk, mergeId: first })).toBeNull()
  expect(await undoMerge(db, plateau.staff, { keptId: third, mergeId: second })).toBe(one.desk)
  expect(await undoMerge(db, plateau.staff, { keptId: one.desk, mergeId: first })).toBe(one.machine)
  expect(await studiesOf(one.machine)).toEqual([one.study])
})

test('the trail of a patient tells of both records, by the name of the one that stays', async () => {
  const { desk, machine } = await twice('Tardif', 'Max', 'T-1')
  await addAlert(db, plateau.staff, { patientId: machine, kind: 'other', text: 'x' })
  const mergeId = await merge(desk, machine)
  const trail = await inPlateau((tx) =>
    readAuditTrail(tx, { filter: { patientIds: [desk] }, before: null, limit: 9 }),
  )
  expect(trail.map(({ kind }) => kind)).toEqual(['patient.merged', 'patient.changed', 'patient.created'])
  expect(trail.map(({ patient }) => patient?.id)).toEqual([desk, desk, desk])
  expect(trail[0]?.detail).toMatchObject({ mergeId, mergedId: machine })
  expect((await inPlateau((tx) => recordHistory(tx, desk))).merges).toMatchObject([
    { id: mergeId, by: 'Marc Gagné', familyName: 'TARDIF' },
  ])
})

test('images that nobody has seen stay unread in the record that somebody has', async () => {
  const { desk, machine } = await twice('Vachon', 'Guy', 'V-1')
  await inPlateau((tx) =>
    noteOpened(tx, { tenantId: plateau.id, userId: plateau.userId, patientId: desk, sawImages: true }),
  )
  await merge(desk, machine)
  const unread = await inPlateau((tx) => unreadArrivals(tx))
  expect(unread.patients.map(({ patientId }) => patientId)).toContain(desk)
})

test('an identity is corrected against what was seen, found by the new name, and the former one kept', async () => {
  const { machine: patientId, study } = await twice('Trembley', 'Guy', 'G-1')
  const before = { familyName: 'TREMBLEY', givenName: 'GUY', birthDate: '1990-05-06', sex: null }
  const identity = { familyName: 'Tremblay', givenName: 'Guy', birthDate: '1990-06-05', sex: 'M' }
  const save = (change: object, staff = plateau.staff) =>
    saveIdentity(db, staff, { patientId, before, identity, add: null, remove: [], ...change })
  expect(await save({}, riveSud.staff)).toEqual({ outcome: 'absent' })
  await inPlateau((tx) =>
    tx
      .update(studies)
      .set({ matchState: 'doubtful', patientNameFold: 'tremblay guy', patientBirthDate: '1990-06-05' })
      .where(eq(studies.id, study)),
  )
  expect(await save({ add: 'B-1' })).toMatchObject({ outcome: 'number', holder: { familyName: 'BÉLANGER' } })
  expect(await save({ remove: ['G-1'] })).toEqual({ outcome: 'number-in-use' })
  expect(await save({ add: 'G-2' })).toEqual({ outcome: 'saved' })
  expect(await save({})).toEqual({ outcome: 'changed', standing: identity })
  expect(await found('tremblay guy')).toEqual([patientId])
  // who knows them by the name they had finds them too, and is told why
  expect(await foundAs('trembley guy')).toContainEqual([patientId, 'TREMBLEY'])
  expect(await save({ before: identity, remove: ['G-2'] })).toEqual({ outcome: 'saved' })
  const now = await inPlateau((tx) => readPatient(tx, patientId))
  expect(now?.identifiers.map(({ value }) => value)).toEqual(['G-1'])
  const { former } = await inPlateau((tx) => recordHistory(tx, patientId))
  expect(former).toMatchObject([{ familyName: 'TREMBLEY', by: 'Marc Gagné' }])
  // the images' word and the record agree now
  const [{ matchState } = { matchState: null }] = await inPlateau((tx) =>
    tx.select().from(studies).where(eq(studies.id, study)),
  )
  expect(matchState).toBe('matched')
  // and nobody rewrites what was
  await expect(inPlateau((tx) => tx.execute(sql`DELETE FROM former_identities`))).rejects.toThrow()
})
