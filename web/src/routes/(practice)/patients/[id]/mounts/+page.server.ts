import {
  listMountLayouts,
  listMounts,
  readMountSettings,
  readPatient,
  recordInTransaction,
  removeMount,
  saveMount,
  withTenant,
  type Transaction,
} from '@bitewing/db'
import { error, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { certainImages } from '#lib/mounts/certain-images.ts'
import { mountLayouts } from '#lib/mounts/mount-templates.ts'
import { layoutOfRows } from '#lib/mounts/own-layout.ts'
import { proposeMounts, type Proposal } from '#lib/mounts/propose-mounts.ts'
import { ports } from '#lib/server/compose.ts'
import { readMountImages } from '#lib/server/read-mount-images.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

/** A patient's mounts, and those that the images suggest. `study`: whose images somebody wants to see mounted. */
export const load: PageServerLoad = async ({ locals, params, url, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  depends('bitewing:studies')
  const { db, audit } = ports()

  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    if (!patient) return null
    return {
      patient,
      images: await readMountImages(tx, patient.id),
      mounts: await listMounts(tx, { patientId: patient.id }),
      settings: await readMountSettings(tx),
      ownLayouts: await listMountLayouts(tx),
    }
  })
  if (!found) return notHere(locals, session, 'mount')

  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  const asked = found.images.find(({ studyId }) => studyId === url.searchParams.get('study'))
  const made = asked && found.mounts.find(({ day }) => day === asked.studyDate)
  if (made) redirect(303, `/patients/${found.patient.id}/mounts/${made.id}`)

  const isMade = ({ template, own, day }: Proposal) =>
    found.mounts.some(
      (mount) => mount.template === template && mount.layout?.id === own?.id && mount.day === day,
    )
  return {
    ...found,
    proposals: proposeMounts(found.images, found.ownLayouts).filter(
      (proposal) =>
        (proposal.template === 'own' || found.settings.templates.includes(proposal.template)) &&
        !isMade(proposal),
    ),
    askedDay: asked ? asked.studyDate : undefined,
    mayWrite: allowed(session, 'mounts.write'),
  }
}

const Shipped = z.enum(['full-mouth-18', 'bitewings-4', 'bitewings-2', 'photographs-8'])
const NewMount = z.object({
  /** one that ships, or our id of the practice's own */
  template: z.union([Shipped, z.uuid()]),
  day: z.union([z.literal('').transform(() => null), z.iso.date().refine((date) => date >= '1880-01-01')]),
})

export const actions: Actions = {
  /** Places what is certain, and leads to the mount. */
  create: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'mounts.write')
    const { db } = ports()
    const form = NewMount.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) error(400, 'not a mount')
    const { template, day } = form.data
    const made = await withTenant(db, session.tenant.id, async (tx) => {
      const patient = await readPatient(tx, params.id)
      if (!patient) return null
      const chosen = await chosenLayout(tx, template)
      if (!chosen) return null
      const placed = certainImages(chosen.laid, day, await readMountImages(tx, patient.id))
      const saved = await saveMount(
        tx,
        session.tenant.id,
        patient.id,
        { ...chosen.kept, day, images: placed },
        session.userId,
      )
      if (!saved.saved) return null
      await recordInTransaction(tx, {
        ...auditOf(locals, session),
        kind: 'mount.saved',
        outcome: 'success',
        patientId: patient.id,
        detail: { mountId: saved.id, version: saved.version, images: placed.length },
      })
      return { id: saved.id, patientId: patient.id }
    })
    if (!made) return notHere(locals, session, 'mount')
    redirect(303, `/patients/${made.patientId}/mounts/${made.id}`)
  },

  restore: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'mounts.write')
    const { db } = ports()
    const id = z.uuid().safeParse((await request.formData()).get('mount'))
    const done =
      id.success &&
      (await withTenant(db, session.tenant.id, async (tx) => {
        if (!(await removeMount(tx, { id: id.data, patientId: params.id }, { restore: true }))) return false
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: 'mount.restored',
          outcome: 'success',
          patientId: params.id,
          detail: { mountId: id.data },
        })
        return true
      }))
    if (!done) return notHere(locals, session, 'mount')
    redirect(303, `/patients/${params.id}/mounts/${id.data}`)
  },
}

/** @returns what the mount keeps of its layout, and how it lies; null where the practice has none such any more */
async function chosenLayout(tx: Transaction, template: string) {
  const shipped = Shipped.safeParse(template)
  if (shipped.success) return { kept: { template: shipped.data }, laid: mountLayouts[shipped.data] }
  const [own] = await listMountLayouts(tx, template)
  if (!own) return null
  const { id, version, name, rows } = own
  return {
    kept: { template: 'own' as const, layout: { id, version, name, rows } },
    laid: layoutOfRows(rows),
  }
}
