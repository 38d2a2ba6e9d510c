import {
  listMounts,
  OrthodonticContent,
  practiceClock,
  practiceMeasures,
  readMountSettings,
  readOrthodonticCase,
  readPatient,
  readPlanSettings,
  recordInTransaction,
  saveMount,
  saveOrthodonticCase,
  withTenant,
} from '@bitewing/db'
import { error, fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { certainImages } from '#lib/mounts/certain-images.ts'
import { kindsOf, mountLayouts } from '#lib/mounts/mount-templates.ts'
import { stages } from '#lib/orthodontics/stage-text.ts'
import { ports } from '#lib/server/compose.ts'
import { readMountImages } from '#lib/server/read-mount-images.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

const template = 'orthodontic-records'

/** A patient's records at each time point, and the course of the treatment. */
export const load: PageServerLoad = async ({ locals, params, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  depends('bitewing:studies')
  const { db, audit } = ports()

  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    if (!patient) return null
    const images = await readMountImages(tx, patient.id)
    return {
      patient,
      images: images.filter(({ kind }) => kindsOf(mountLayouts[template]).has(kind)),
      sets: (await listMounts(tx, { patientId: patient.id }))
        .filter((mount) => mount.template === template)
        .reverse(),
      mountSettings: await readMountSettings(tx),
      treatment: await readOrthodonticCase(tx, patient.id),
      practiceMeasures: await practiceMeasures(tx),
      notation: (await readPlanSettings(tx)).notation,
      today: (await practiceClock(tx)).day,
    }
  })
  if (!found) return notHere(locals, session, 'patient')

  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  return {
    ...found,
    now: new Date(),
    mayMount: allowed(session, 'mounts.write'),
    mayWrite: allowed(session, 'orthodontics.write'),
  }
}

const NewRecords = z.object({
  label: z.string().trim().min(1).max(40),
  stage: z.enum(stages),
  day: z.union([z.literal('').transform(() => null), z.iso.date().refine((date) => date >= '1880-01-01')]),
})
const Change = z.object({ version: z.int().min(0), content: OrthodonticContent })

export const actions: Actions = {
  /** Makes a set of records, places what is certain, and leads to it. */
  create: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'mounts.write')
    const { db } = ports()
    const form = NewRecords.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) error(400, 'not a set of records')
    const { label, stage, day } = form.data
    const made = await withTenant(db, session.tenant.id, async (tx) => {
      const patient = await readPatient(tx, params.id)
      if (!patient) return null
      const images = certainImages(mountLayouts[template], day, await readMountImages(tx, patient.id))
      const set = { template, day, images, label, stage } as const
      const saved = await saveMount(tx, session.tenant.id, patient.id, set, session.userId)
      if (!saved.saved) return null
      await recordInTransaction(tx, {
        ...auditOf(locals, session),
        kind: 'mount.saved',
        outcome: 'success',
        patientId: patient.id,
        detail: { mountId: saved.id, version: saved.version, images: images.length, stage },
      })
      return { id: saved.id, patientId: patient.id }
    })
    if (!made) return notHere(locals, session, 'patient')
    redirect(303, `/patients/${made.patientId}/mounts/${made.id}`)
  },

  /** Keeps one change of the treatment. */
  save: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'orthodontics.write')
    const { db } = ports()
    const change = Change.safeParse(await changeOf(request))
    if (!change.success) error(400, 'not an orthodontic case')
    const { saved, held } = await withTenant(db, session.tenant.id, async (tx) => {
      const answer = await saveOrthodonticCase(tx, session.tenant.id, params.id, change.data, session.userId)
      if (!answer.saved) return { saved: answer, held: await readOrthodonticCase(tx, params.id) }
      await recordInTransaction(tx, {
        ...auditOf(locals, session),
        kind: 'orthodontics.saved',
        outcome: 'success',
        patientId: params.id,
        detail: { version: answer.version },
      })
      return { saved: answer, held: null }
    })
    if (!saved.saved) {
      if (saved.why === 'changed' && held) return fail(409, { held })
      return notHere(locals, session, 'patient')
    }
    return { version: saved.version }
  },
}

async function changeOf(request: Request): Promise<unknown> {
  const text = (await request.formData()).get('change')
  if (typeof text !== 'string') return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
