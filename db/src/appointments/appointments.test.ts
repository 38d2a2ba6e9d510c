import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  createCase,
  createUser,
  listAppointments,
  listBookable,
  plannedVisits,
  practiceClock,
  presentVersion,
  readPlanSettings,
  saveAppointment,
  setAppointmentStatus,
  setItemState,
  withTenant,
  type AppointmentDraft,
} from '../index.ts'
import { appointments, auditEvents } from '../schema/index.ts'
import { addPatient } from '../testing/add-study.ts'
import { planItem, planOf } from '../testing/plan-content.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, owner, tenant } = await testDatabase({ connections: 4 })

const practice = async (slug: string) => {
  const { id } = await tenant(slug)
  const person = (name: string, role: 'dentist' | 'assistant' | 'front-desk') =>
    createUser(owner, {
      email: `${role}@${slug}.example`,
      name,
      password: randomUUID(),
      isOperator: false,
      membership: { tenantId: id, role },
    })
  const [dentist, assistant, desk] = [
    await person('Marc Gagné', 'dentist'),
    await person('Maude Pelletier', 'assistant'),
    await person('Josée Tremblay', 'front-desk'),
  ]
  const patient = (familyName: string) => withTenant(db, id, (tx) => addPatient(tx, id, { familyName }))
  return {
    id,
    staff: { tenantId: id, userId: desk.id, sessionId: null, address: null },
    dentist: dentist.id,
    assistant: assistant.id,
    desk: desk.id,
    patients: [await patient('Roy'), await patient('Côté')] as const,
  }
}
const [plateau, riveSud] = await Promise.all([practice('plateau'), practice('rivesud')])

let days = 0
/** A day that no other test books on. */
const freeDay = () => new Date(Date.UTC(2027, 0, 4 + days++)).toISOString().slice(0, 10)

const draft = (day: string, change: Partial<AppointmentDraft> = {}): AppointmentDraft => ({
  held: null,
  patientId: plateau.patients[0],
  providerId: plateau.dentist,
  day,
  time: '10:00',
  minutes: 30,
  room: '',
  kind: 'examination',
  note: '',
  visit: null,
  known: [],
  ...change,
})
const save = (wanted: AppointmentDraft) => saveAppointment(db, plateau.staff, wanted)
async function booked(wanted: AppointmentDraft) {
  const saved = await save(wanted)
  if (saved.outcome !== 'saved') throw new Error(saved.outcome)
  return saved
}
const on = (day: string, from = plateau) =>
  withTenant(db, from.id, async (tx) => listAppointments(tx, (await practiceClock(tx)).timeZone, { day }))
const other = { patientId: plateau.patients[1] }

test('an appointment is at the hour of the practice, whatever the clock of the machine or the season', async () => {
  for (const day of ['2027-01-15', '2027-07-15']) {
    await booked(draft(day, { time: '23:30', minutes: 45, room: 'Fauteuil 2', note: 'première visite' }))
    expect(await on(day)).toMatchObject([
      {
        day,
        time: '23:30',
        minutes: 45,
        room: 'Fauteuil 2',
        note: 'première visite',
        status: 'booked',
        provider: { name: 'Marc Gagné' },
        patient: { familyName: 'Roy', alerts: [] },
        changedBy: 'Josée Tremblay',
      },
    ])
  }
  await withTenant(owner, plateau.id, (tx) =>
    tx.execute(sql`UPDATE tenants SET time_zone = 'Pacific/Auckland' WHERE id = ${plateau.id}`),
  )
  expect(await on('2027-01-15')).toEqual([])
  expect(await on('2027-01-16')).toMatchObject([{ day: '2027-01-16', time: '17:30' }])
  await withTenant(owner, plateau.id, (tx) =>
    tx.execute(sql`UPDATE tenants SET time_zone = 'America/Toronto' WHERE id = ${plateau.id}`),
  )
})

test.each([
  ['the same provider', { ...other, time: '10:15' }],
  ['the same patient', { time: '09:45', minutes: 20, providerId: plateau.assistant }],
  ['the same room', { ...other, room: 'fauteuil 1', time: '10:29', providerId: plateau.assistant }],
])('%s at the same time is told, and booked when it is known', async (_, change) => {
  const day = freeDay()
  const first = await booked(draft(day, { room: 'Fauteuil 1' }))
  const wanted = draft(day, change)
  expect(await save(wanted)).toMatchObject({ outcome: 'conflict', conflicts: [{ id: first.id }] })
  expect(await on(day)).toHaveLength(1)
  await booked({ ...wanted, known: [first.id] })
  expect(await on(day)).toHaveLength(2)
})

test('a time that the clocks leave out in spring is not booked; of one that comes twice in autumn it is the second', async () => {
  expect(await save(draft('2027-03-14', { time: '02:30' }))).toEqual({ outcome: 'no-time' })
  const first = await booked(draft('2027-03-14', { time: '03:00' }))
  const moved = draft('2027-03-14', { held: first, time: '02:00' })
  expect(await save(moved)).toEqual({ outcome: 'no-time' })

  const { id } = await booked(draft('2027-11-07', { time: '01:30' }))
  const [kept] = await withTenant(db, plateau.id, (tx) =>
    tx.select({ startsAt: appointments.startsAt }).from(appointments).where(eq(appointments.id, id)),
  )
  expect(kept?.startsAt.toISOString()).toBe('2027-11-07T06:30:00.000Z')
})

test('who comes right after, is with somebody else, or has a time that was given up, is told nothing', async () => {
  const day = freeDay()
  const first = await booked(draft(day))
  await booked(draft(day, { ...other, time: '10:30' }))
  await booked(draft(day, { ...other, time: '09:30' }))
  const second = await booked(draft(day, { ...other, providerId: plateau.assistant }))
  const gone = { id: first.id, version: 1, status: 'cancelled', known: [] } as const
  expect(await setAppointmentStatus(db, plateau.staff, gone)).toMatchObject({ outcome: 'saved' })
  await booked(draft(day, { providerId: plateau.dentist }))
  // it would come back to a time that is taken
  const back = { ...gone, version: 2, status: 'booked' } as const
  expect(await setAppointmentStatus(db, plateau.staff, back)).toMatchObject({ outcome: 'conflict' })
  const known = (await on(day)).map(({ id }) => id)
  expect(await setAppointmentStatus(db, plateau.staff, { ...back, known })).toMatchObject({ version: 3 })
  expect((await on(day)).find(({ id }) => id === second.id)?.status).toBe('booked')
})

test('two who book one hour at the same moment: the second is told', async () => {
  const day = freeDay()
  const answers = await Promise.all([save(draft(day)), save(draft(day, other)), save(draft(day))])
  expect(answers.filter(({ outcome }) => outcome === 'saved')).toHaveLength(1)
  expect(answers.filter(({ outcome }) => outcome === 'conflict')).toHaveLength(2)
  expect(await on(day)).toHaveLength(1)
})

test('of two who change one appointment the second is told what stands', async () => {
  const day = freeDay()
  const { id } = await booked(draft(day))
  const move = (time: string) => save(draft(day, { held: { id, version: 1 }, time }))
  const answers = await Promise.all([move('11:00'), move('14:00')])
  expect(answers.filter(({ outcome }) => outcome === 'saved')).toHaveLength(1)
  const [told] = answers.filter((answer) => answer.outcome === 'changed')
  expect(told?.appointment).toMatchObject({ id, version: 2, time: (await on(day))[0]?.time })
  const late = { id, version: 1, status: 'arrived', known: [] } as const
  expect(await setAppointmentStatus(db, plateau.staff, late)).toMatchObject({ outcome: 'changed' })
})

test("another practice's patient, provider and appointment are not there", async () => {
  const day = freeDay()
  const { id } = await booked(draft(day))
  for (const foreign of [
    draft(day, { patientId: riveSud.patients[0] }),
    draft(day, { providerId: riveSud.dentist }),
    draft(day, { held: { id: randomUUID(), version: 1 } }),
    draft(day, { visit: { planId: randomUUID(), visitId: randomUUID() } }),
  ])
    expect(await save(foreign)).toEqual({ outcome: 'absent' })
  const theirs = draft(day, {
    held: { id, version: 1 },
    patientId: riveSud.patients[0],
    providerId: riveSud.dentist,
  })
  expect(await saveAppointment(db, riveSud.staff, theirs)).toEqual({ outcome: 'absent' })
  const status = { id, version: 1, status: 'done', known: [] } as const
  expect(await setAppointmentStatus(db, riveSud.staff, status)).toEqual({ outcome: 'absent' })
  expect(await on(day, riveSud)).toEqual([])
  // not by a query of its own either
  expect(await withTenant(db, riveSud.id, (tx) => tx.select().from(appointments))).toEqual([])
  expect(
    await withTenant(db, riveSud.id, (tx) => tx.update(appointments).set({ note: 'x' }).returning()),
  ).toEqual([])
  await expect(withTenant(db, plateau.id, (tx) => tx.delete(appointments))).rejects.toThrow()
})

test('who sees patients can be booked, and nobody else', async () => {
  const names = (await withTenant(db, plateau.id, listBookable)).map(({ name }) => name)
  expect(names).toEqual(['Marc Gagné', 'Maude Pelletier'])
  expect(await save(draft(freeDay(), { providerId: plateau.desk }))).toEqual({ outcome: 'absent' })
})

const treating = { ...plateau.staff, userId: plateau.dentist }
/** A plan with one visit: nobody was shown it yet. */
async function planned(patientId: string) {
  const { currency } = await withTenant(db, plateau.id, readPlanSettings)
  const [crown, filling] = [planItem({ name: { en: 'crown', fr: 'crown' } }), planItem()]
  const content = planOf([crown, filling], { currency })
  const visitId = content.phases[0]?.visits[0]?.id ?? ''
  const made = await createCase(db, treating, { patientId, title: 'Crown', content })
  if (!made) throw new Error('no case')
  const { planId, versionId } = made
  const accept = async () => {
    await presentVersion(db, treating, { patientId, versionId, revision: 1 })
    const step = { patientId, planId, itemId: crown.id, from: 'proposed', to: 'accepted', day: null } as const
    expect(await setItemState(db, treating, step)).toBe('set')
  }
  return { planId, visitId, crown, accept }
}

test('what is accepted of a visit is scheduled by booking it, and accepted again when that ends', async () => {
  const patientId = plateau.patients[1]
  const { planId, visitId, crown, accept } = await planned(patientId)
  const visits = () => withTenant(db, plateau.id, (tx) => plannedVisits(tx, patientId))
  expect(await visits()).toEqual([]) // nobody was shown it
  await accept()
  expect(await visits()).toMatchObject([{ planId, visitId, title: 'Crown', letter: 'A', number: 1 }])

  const stands = async () => {
    const { rows } = await withTenant(db, plateau.id, (tx) =>
      tx.execute<{ item_id: string; state: string; day: string | null }>(
        sql`SELECT item_id, state, day::text FROM plan_item_states WHERE plan_id = ${planId}`,
      ),
    )
    return rows
  }
  const [day, later] = [freeDay(), freeDay()]
  const visit = { planId, visitId }
  const { id } = await booked(draft(day, { patientId, visit }))
  expect(await on(day)).toMatchObject([{ visit }])
  expect(await stands()).toEqual([{ item_id: crown.id, state: 'scheduled', day }])
  await booked(draft(later, { patientId, visit, held: { id, version: 1 } }))
  expect(await stands()).toEqual([{ item_id: crown.id, state: 'scheduled', day: later }])
  // the same visit of a plan that is not the patient's, which may be another practice's
  const elsewhere = { planId: randomUUID(), visitId }
  const moved = draft(later, { patientId, visit: elsewhere, held: { id, version: 2 } })
  expect(await save(moved)).toEqual({ outcome: 'absent' })
  await setAppointmentStatus(db, plateau.staff, { id, version: 2, status: 'cancelled', known: [] })
  expect(await stands()).toEqual([{ item_id: crown.id, state: 'accepted', day: null }])
  await setAppointmentStatus(db, plateau.staff, { id, version: 3, status: 'booked', known: [] })
  expect(await stands()).toEqual([{ item_id: crown.id, state: 'scheduled', day: later }])

  const { rows } = await withTenant(db, plateau.id, (tx) =>
    tx.execute<{ kind: string }>(
      sql`SELECT kind FROM ${auditEvents} WHERE patient_id = ${patientId} AND kind LIKE 'appointment.%' ORDER BY at DESC LIMIT 4`,
    ),
  )
  expect(rows.map(({ kind }) => kind)).toEqual([
    'appointment.changed',
    'appointment.changed',
    'appointment.changed',
    'appointment.booked',
  ])
})

test('a booking that goes from one plan to another meets who answers for both: neither fails', async () => {
  const patientId = await withTenant(db, plateau.id, (tx) =>
    addPatient(tx, plateau.id, { familyName: 'Nadeau' }),
  )
  const plans = [await planned(patientId), await planned(patientId)]
  for (const { accept } of plans) await accept()
  const [first, second] = plans.toSorted((a, b) => (a.planId < b.planId ? -1 : 1))
  if (!first || !second) throw new Error('no plans')
  const day = freeDay()
  const visitOf = ({ planId, visitId }: typeof first) => ({ planId, visitId })
  const { id } = await booked(draft(day, { patientId, visit: visitOf(first) }))

  let moving: Promise<unknown> = Promise.resolve()
  await withTenant(db, plateau.id, async (tx) => {
    const lock = (planId: string) => tx.execute(sql`SELECT id FROM plans WHERE id = ${planId} FOR UPDATE`)
    await lock(first.planId)
    moving = booked(draft(day, { patientId, visit: visitOf(second), held: { id, version: 1 } }))
    await expect
      .poll(async () => {
        const { rows } = await tx.execute(
          sql`SELECT pid FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))`,
        )
        return rows.length
      })
      .toBe(1)
    await lock(second.planId)
  })
  await moving
  expect(await on(day)).toMatchObject([{ visit: visitOf(second) }])
})
