import {
  addAlert,
  alertKinds,
  endAlert,
  removeNote,
  saveContact,
  saveIdentity,
  saveNote,
  setDistinct,
  undoMerge,
} from '@bitewing/db'
import { fail, type RequestEvent } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from './compose.ts'
import { BirthDate, FamilyName, PatientNumber } from './patient-fields.ts'
import { notHere, requireAction, requireTenant } from './session.ts'
import { staffOf } from './staff.ts'

type Event = RequestEvent<{ id: string }>

async function staffWhoWrite({ locals }: Event) {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'patients.write')
  return { session, staff: staffOf(locals, session), db: ports().db }
}

async function fieldsOf({ request }: Event) {
  return Object.fromEntries(await request.formData())
}

const orNull = (text: string) => (text === '' ? null : text)
const Alert = z
  .object({ kind: z.enum(alertKinds), text: z.string().trim().max(200).default('') })
  // these say nothing alone
  .refine(({ kind, text }) => text !== '' || kind === 'pregnancy' || kind === 'pacemaker')
const Ended = z.object({ alert: z.uuid(), ended: z.enum(['true', 'false']) })
const Contact = z.object({
  phone: z.string().trim().max(40).transform(orNull),
  email: z.union([z.literal(''), z.email().max(254)]).transform(orNull),
  phoneBefore: z.string().max(200).transform(orNull),
  emailBefore: z.string().max(300).transform(orNull),
})
const person = {
  familyName: z.string().trim().min(1).max(100),
  givenName: z.string().trim().max(100),
  birthDate: z.union([z.literal(''), z.iso.date()]).transform(orNull),
  sex: z.enum(['', 'F', 'M', 'O']).transform(orNull),
}
const lines = z
  .string()
  .max(2000)
  .default('')
  .transform((text) => text.split('\n').filter((line) => line !== ''))
/** What stood in the form before: as it is on record, whatever that is. */
const Before = z.object({
  familyName: z.string(),
  givenName: z.string(),
  birthDate: z.string().nullable(),
  sex: z.string().nullable(),
})
const Identity = z
  .object({
    ...person,
    add: PatientNumber,
    remove: lines,
    before: z
      .string()
      .max(2000)
      .transform((text, context) => {
        try {
          return JSON.parse(text) as unknown
        } catch {
          context.addIssue({ code: 'custom' })
          return z.NEVER
        }
      })
      .pipe(Before),
  })
  // what a machine sent stays as it is while something else is corrected
  .superRefine(({ familyName, birthDate, before }, context) => {
    const isNamed = familyName === before.familyName || FamilyName.safeParse(familyName).success
    const isBorn =
      birthDate === null || birthDate === before.birthDate || BirthDate.safeParse(birthDate).success
    if (!isNamed) context.addIssue({ code: 'custom', path: ['familyName'] })
    if (!isBorn) context.addIssue({ code: 'custom', path: ['birthDate'] })
  })
const Distinct = z.object({ other: z.uuid(), distinct: z.enum(['true', 'false']) })
const Note = z.object({
  id: z.union([z.literal(''), z.uuid()]),
  version: z.coerce.number().int().default(0),
  day: z.iso.date().refine((day) => day >= '1900-01-01' && day < '2200-01-01'),
  text: z.string().trim().min(1).max(10_000),
})
const Removed = z.object({ note: z.uuid(), removed: z.enum(['true', 'false']) })

/** What staff write about a patient: alerts, how to reach them, notes. Each on record with its change. */
export const patientActions = {
  addAlert: async (event: Event) => {
    const { session, staff, db } = await staffWhoWrite(event)
    const form = Alert.safeParse(await fieldsOf(event))
    if (!form.success) return fail(400, { alertProblem: 'text' as const })
    const added = await addAlert(db, staff, { patientId: event.params.id, ...form.data })
    return added === null ? notHere(event.locals, session, 'patient') : { alertAdded: added }
  },

  endAlert: async (event: Event) => {
    const { session, staff, db } = await staffWhoWrite(event)
    const form = Ended.safeParse(await fieldsOf(event))
    const change = form.success && {
      patientId: event.params.id,
      alertId: form.data.alert,
      ended: form.data.ended === 'true',
    }
    if (!change || !(await endAlert(db, staff, change))) return notHere(event.locals, session, 'alert')
    return { alertEnded: change.ended ? change.alertId : null }
  },

  /** Who they are on record, and their numbers. */
  identity: async (event: Event) => {
    const { session, staff, db } = await staffWhoWrite(event)
    const form = Identity.safeParse(await fieldsOf(event))
    if (!form.success) {
      const wrong = form.error.issues.map(({ path }) => path[0])
      const problem = (['birthDate', 'add'] as const).find((part) => wrong.includes(part)) ?? 'name'
      return fail(400, { identityProblem: problem })
    }
    const { add, remove, before, ...identity } = form.data
    const wanted = { patientId: event.params.id, before, identity, add, remove }
    const saved = await saveIdentity(db, staff, wanted)
    switch (saved.outcome) {
      case 'saved':
        return { identitySaved: true }
      case 'changed':
        return fail(409, { identityStanding: saved.standing })
      case 'number':
        return fail(409, { identityProblem: 'number' as const, holder: saved.holder })
      case 'number-in-use':
        return fail(409, { identityProblem: 'number-in-use' as const })
      case 'absent':
        return notHere(event.locals, session, 'patient')
    }
  },

  /** That somebody who looks like them is another person, or may be the same after all. */
  distinct: async (event: Event) => {
    const { session, staff, db } = await staffWhoWrite(event)
    const form = Distinct.safeParse(await fieldsOf(event))
    const change = form.success && {
      patientId: event.params.id,
      otherId: form.data.other,
      distinct: form.data.distinct === 'true',
    }
    if (!change || !(await setDistinct(db, staff, change))) return notHere(event.locals, session, 'patient')
    return { distinct: change.distinct }
  },

  unmerge: async (event: Event) => {
    const { locals } = event
    const session = requireTenant(locals)
    await requireAction(locals, session, 'patients.merge')
    const mergeId = z.uuid().safeParse((await event.request.formData()).get('merge'))
    const again = mergeId.success
      ? await undoMerge(ports().db, staffOf(locals, session), {
          keptId: event.params.id,
          mergeId: mergeId.data,
        })
      : null
    return again === null ? notHere(locals, session, 'merge') : { again }
  },

  contact: async (event: Event) => {
    const { session, staff, db } = await staffWhoWrite(event)
    const form = Contact.safeParse(await fieldsOf(event))
    if (!form.success) return fail(400, { contactProblem: 'email' as const })
    const { phone, email, phoneBefore, emailBefore } = form.data
    const saved = await saveContact(db, staff, {
      patientId: event.params.id,
      before: { phone: phoneBefore, email: emailBefore },
      contact: { phone, email },
    })
    if (saved === null) return notHere(event.locals, session, 'patient')
    return saved === 'saved' ? { contactSaved: true } : fail(409, { contactStanding: saved.standing })
  },

  note: async (event: Event) => {
    const { session, staff, db } = await staffWhoWrite(event)
    const form = Note.safeParse(await fieldsOf(event))
    if (!form.success) return fail(400, { noteProblem: 'empty' as const })
    const { id, version, day, text } = form.data
    const saved = await saveNote(db, staff, {
      patientId: event.params.id,
      held: id === '' ? null : { id, version },
      day,
      text,
    })
    if (saved === 'absent') return notHere(event.locals, session, 'note')
    return saved === 'saved' ? { noteSaved: true } : fail(409, { noteProblem: 'changed' as const })
  },

  removeNote: async (event: Event) => {
    const { session, staff, db } = await staffWhoWrite(event)
    const form = Removed.safeParse(await fieldsOf(event))
    const change = form.success && {
      patientId: event.params.id,
      noteId: form.data.note,
      removed: form.data.removed === 'true',
    }
    if (!change || !(await removeNote(db, staff, change))) return notHere(event.locals, session, 'note')
    return { noteRemoved: change.removed ? change.noteId : null }
  },
}
