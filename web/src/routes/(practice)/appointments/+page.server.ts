import {
  appointmentKinds,
  appointmentStatuses,
  createPatient,
  listAppointments,
  listBookable,
  practiceClock,
  readPatient,
  readPractice,
  saveAppointment,
  setAppointmentStatus,
  withTenant,
  type SavedAppointment,
} from '@bitewing/db'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { weekOf } from '#lib/appointments/day-layout.ts'
import { ports } from '#lib/server/compose.ts'
import { BirthDate, FamilyName, PatientNumber } from '#lib/server/patient-fields.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** Postgres knows no year 0, and nobody has an appointment in the year 9999. */
const Day = z.iso.date().refine((day) => day >= '1990-01-01' && day < '2200-01-01')

/** One day of the practice, or its week: who comes when, to whom. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'appointments.read')
  depends('bitewing:appointments')
  const { db, audit } = ports()
  await audit.access({ ...auditOf(locals, session), kind: 'appointments.listed', outcome: 'success' })
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const clock = await practiceClock(tx)
    const wanted = Day.safeParse(url.searchParams.get('day'))
    const day = wanted.success ? wanted.data : clock.day
    const view = url.searchParams.get('view') === 'week' ? ('week' as const) : ('day' as const)
    const days = view === 'week' ? weekOf(day) : [day]
    const patientId = z.uuid().safeParse(url.searchParams.get('patient'))
    const patient = patientId.success ? await readPatient(tx, patientId.data) : null
    return {
      clock,
      day,
      view,
      /** those shown, from Monday */
      days,
      hours: (await readPractice(tx)).openingHours,
      appointments: await listAppointments(tx, clock.timeZone, { day: days[0] ?? day, days: days.length }),
      providers: await listBookable(tx),
      /** whom a new appointment is for, when it was asked for on their page */
      patient,
    }
  })
  if (found.patient) {
    const who = { ...auditOf(locals, session), patientId: found.patient.id }
    await audit.access({ ...who, kind: 'patient.viewed', outcome: 'success' })
  }
  return found
}

const id = z.uuid()
const known = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((each) => each !== ''))
  .pipe(z.array(id).max(100))
const Draft = z.object({
  id: z.union([z.literal(''), id]),
  version: z.coerce.number().int().default(0),
  patient: id,
  provider: id,
  day: Day,
  time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  minutes: z.coerce.number().int().min(5).max(720),
  room: z.string().trim().max(40).default(''),
  kind: z.enum(appointmentKinds),
  note: z.string().trim().max(2000).default(''),
  visit: z.union([z.literal(''), z.string().regex(/^[0-9a-f-]{36}\/[0-9a-f-]{36}$/)]).default(''),
  known,
})
const Status = z.object({ id, version: z.coerce.number().int(), status: z.enum(appointmentStatuses), known })

const optional = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .default('')
    .transform((text) => (text === '' ? null : text))
const Person = z.object({
  familyName: FamilyName,
  givenName: z.string().trim().max(100).default(''),
  birthDate: z.union([z.literal('').transform(() => null), BirthDate]).default(null),
  phone: optional(40),
  number: PatientNumber,
})

export const actions: Actions = {
  save: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'appointments.write')
    const form = Draft.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { outcome: 'refused' as const })
    const { id: appointmentId, version, patient, provider, visit, ...draft } = form.data
    const [planId = '', visitId = ''] = visit.split('/')
    const saved = await saveAppointment(ports().db, staffOf(locals, session), {
      ...draft,
      held: appointmentId === '' ? null : { id: appointmentId, version },
      patientId: patient,
      providerId: provider,
      visit: visit === '' ? null : { planId, visitId },
    })
    return saved.outcome === 'absent' ? notHere(locals, session, 'appointment') : answer(saved)
  },

  status: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'appointments.write')
    const form = Status.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { outcome: 'refused' as const })
    const saved = await setAppointmentStatus(ports().db, staffOf(locals, session), form.data)
    return saved.outcome === 'absent' ? notHere(locals, session, 'appointment') : answer(saved)
  },

  patient: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'patients.write')
    const form = Person.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) {
      const bad = form.error.issues[0]?.path[0]
      const problem = bad === 'birthDate' || bad === 'number' ? bad : 'name'
      return fail(400, { problem })
    }
    const made = await createPatient(ports().db, staffOf(locals, session), {
      ...form.data,
      sex: null,
      email: null,
    })
    return made.outcome === 'number' ? fail(409, { problem: 'number' as const }) : { created: made.id }
  },
}

function answer(saved: Exclude<SavedAppointment, { outcome: 'absent' }>) {
  if (saved.outcome === 'saved') return { saved: { id: saved.id, version: saved.version } }
  return fail(409, saved)
}
