import {
  addAlert,
  closeDatabase,
  connectDatabase,
  createPatient,
  findTenant,
  listAppointments,
  listBookable,
  parsePatientSearch,
  patientNotes,
  practiceClock,
  readPatient,
  readPractice,
  saveAppointment,
  saveContact,
  saveNote,
  savePractice,
  searchPatients,
  setAppointmentStatus,
  withTenant,
  type Patient,
  type Staff,
} from '@bitewing/db'
import { demoAlerts, demoAppointments, demoContacts, demoNotes, newcomers } from '@bitewing/demo/day'

/**
 * Gives the demo practice its day: appointments of today, unless it has some, so that the first look is not an empty
 * calendar on whatever day it is started; alerts, phone numbers and notes where a patient has none.
 *
 * @param options.databaseUrl of the owner
 */
export async function demoDay({ databaseUrl }: { databaseUrl: string }): Promise<void> {
  const db = connectDatabase(databaseUrl, 2)
  try {
    const tenant = await findTenant(db, 'demo')
    if (!tenant) return
    const inTenant = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, tenant.id, work)
    const people = await inTenant(listBookable)
    const [first] = people
    if (!first) return
    const staff: Staff = { tenantId: tenant.id, userId: first.id, sessionId: null, address: null }
    const find = async (number: string): Promise<Patient | null> => {
      const search = parsePatientSearch(number)
      const found = await inTenant((tx) => searchPatients(tx, { search, limit: 2, offset: 0 }))
      const [patient] = found.patients
      return patient && found.total === 1 ? inTenant((tx) => readPatient(tx, patient.id)) : null
    }

    for (const { patientId: number, ...person } of newcomers)
      if (!(await find(number))) await createPatient(db, staff, { ...person, sex: null, email: null, number })
    for (const [number, contact] of Object.entries(demoContacts)) {
      const patient = await find(number)
      const before = { phone: null, email: null }
      if (patient?.phone === null && patient.email === null)
        await saveContact(db, staff, { patientId: patient.id, before, contact })
    }

    const practice = await inTenant(readPractice)
    if (practice.openingHours === null)
      await savePractice(db, staff, { ...practice, openingHours: demoHours })

    const { day, time, timeZone } = await inTenant(practiceClock)
    for (const number of new Set(demoAlerts.map(({ patientId }) => patientId))) {
      const patient = await find(number)
      if (!patient || patient.alerts.length > 0) continue
      for (const { patientId, kind, text } of demoAlerts)
        if (patientId === number) await addAlert(db, staff, { patientId: patient.id, kind, text })
    }
    for (const { patientId: number, text } of demoNotes) {
      const patient = await find(number)
      if (patient && (await inTenant((tx) => patientNotes(tx, patient.id))).length === 0)
        await saveNote(db, staff, { patientId: patient.id, held: null, day, text })
    }

    if ((await inTenant((tx) => listAppointments(tx, timeZone, { day }))).length > 0) return
    const known: string[] = []
    for (const { patientId: number, with: role, ...appointment } of demoAppointments) {
      const patient = await find(number)
      const provider = people.find((person) => person.role === role) ?? first
      if (!patient) continue
      const draft = { ...appointment, patientId: patient.id, providerId: provider.id, day }
      const saved = await saveAppointment(db, staff, { ...draft, held: null, visit: null, known })
      if (saved.outcome !== 'saved') continue
      known.push(saved.id)
      const status = statusAt(appointment, time)
      if (status !== 'booked') await setAppointmentStatus(db, staff, { ...saved, status, known: [] })
    }
    // the days around it are not empty either
    for (const offset of [-2, -1, 1, 2, 3, 4]) {
      const other = new Date(Date.parse(`${day}T00:00:00Z`) + offset * 86_400_000)
      if (other.getUTCDay() === 0) continue
      for (const [index, { patientId: number, with: role, ...appointment }] of demoAppointments.entries()) {
        const patient = (index + offset + 6) % 3 === 0 ? await find(number) : null
        const provider = people.find((person) => person.role === role) ?? first
        if (!patient) continue
        const when = { day: other.toISOString().slice(0, 10), note: '' }
        const draft = { ...appointment, ...when, patientId: patient.id, providerId: provider.id }
        const saved = await saveAppointment(db, staff, { ...draft, held: null, visit: null, known: [] })
        if (saved.outcome === 'saved' && offset < 0)
          await setAppointmentStatus(db, staff, { ...saved, status: 'done', known: [] })
      }
    }
  } finally {
    await closeDatabase(db)
  }
}

const weekday = [
  { from: 8 * 60, to: 12 * 60 },
  { from: 13 * 60, to: 17 * 60 },
]
/** From Monday; the demo's day is full on whichever day it begins. */
const demoHours = [weekday, weekday, weekday, weekday, weekday, [{ from: 9 * 60, to: 13 * 60 }], []]

const minuteOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))

/** As it stands in a practice that runs a little late. */
function statusAt({ time, minutes }: { time: string; minutes: number }, now: string) {
  const [begins, clock] = [minuteOf(time), minuteOf(now)]
  if (clock >= begins + minutes) return 'done' as const
  if (clock >= begins) return 'in-treatment' as const
  if (clock >= begins - 15) return 'arrived' as const
  return begins < 12 * 60 ? ('confirmed' as const) : ('booked' as const)
}
