import { addAlert, alertKinds, endAlert, removeNote, saveContact, saveNote } from '@bitewing/db'
import { fail, type RequestEvent } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from './compose.ts'
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
