import {
  assignView,
  describeMount,
  listMounts,
  readMountSettings,
  readPatient,
  recordInTransaction,
  removeMount,
  saveMount,
  withTenant,
} from '@bitewing/db'
import { error, fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { layoutCellsMax, layoutOfMount } from '#lib/mounts/own-layout.ts'
import { orthodonticView } from '#lib/orthodontics/photograph-views.ts'
import { stages } from '#lib/orthodontics/stage-text.ts'
import { ports } from '#lib/server/compose.ts'
import { readMountImages } from '#lib/server/read-mount-images.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, params, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  depends('bitewing:studies')
  const { db, audit } = ports()

  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    const [mount] = patient ? await listMounts(tx, { patientId: patient.id, id: params.mountId }) : []
    if (!patient || !mount) return null
    const images = await readMountImages(tx, patient.id)
    return { patient, mount, images, settings: await readMountSettings(tx) }
  })
  if (!found) return notHere(locals, session, 'mount')

  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  return { ...found, mayWrite: allowed(session, 'mounts.write') }
}

const Change = z.object({
  version: z.int().min(1),
  images: z
    .array(
      z.object({
        cell: z.int().min(1),
        instanceId: z.uuid(),
        frame: z.int().min(1),
        mirrored: z.boolean(),
        turned: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
      }),
    )
    .max(layoutCellsMax),
})

const NewView = z.object({
  image: z.uuid(),
  view: z
    .string()
    .refine((keyword) => keyword === '' || orthodonticView(keyword) !== null)
    .transform((keyword) => keyword || null),
})
const TimePoint = z.object({ label: z.string().trim().min(1).max(40), stage: z.enum(stages) })

export const actions: Actions = {
  save: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'mounts.write')
    const { db } = ports()
    const change = Change.safeParse(await changeOf(request))
    if (!change.success) error(400, 'not a change of a mount')
    const { version, images } = change.data
    const which = { id: params.mountId, patientId: params.id }
    const { saved, mount } = await withTenant(db, session.tenant.id, async (tx) => {
      const [held] = await listMounts(tx, which)
      const cells = held ? layoutOfMount(held).cells : []
      if (images.some(({ cell }) => !cells.some(({ number }) => number === cell)))
        return { saved: { saved: false, why: 'absent' } as const, mount: undefined }
      const answer = await saveMount(
        tx,
        session.tenant.id,
        params.id,
        { id: params.mountId, version, images },
        session.userId,
      )
      if (!answer.saved) return { saved: answer, mount: (await listMounts(tx, which))[0] }
      await recordInTransaction(tx, {
        ...auditOf(locals, session),
        kind: 'mount.saved',
        outcome: 'success',
        patientId: params.id,
        detail: { mountId: answer.id, version: answer.version, images: images.length },
      })
      return { saved: answer, mount: undefined }
    })
    if (!saved.saved) {
      if (saved.why === 'changed' && mount) return fail(409, { mount })
      return notHere(locals, session, 'mount')
    }
    return { version: saved.version }
  },

  remove: async ({ locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'mounts.write')
    const { db } = ports()
    const which = { id: params.mountId, patientId: params.id }
    const held = await withTenant(db, session.tenant.id, async (tx) => {
      const [mount] = await listMounts(tx, which)
      if (!mount || !(await removeMount(tx, which, { restore: false }))) return null
      await recordInTransaction(tx, {
        ...auditOf(locals, session),
        kind: 'mount.removed',
        outcome: 'success',
        patientId: params.id,
        detail: { mountId: params.mountId },
      })
      return mount
    })
    if (!held) return notHere(locals, session, 'mount')
    const where = held.template === 'orthodontic-records' ? 'orthodontics' : 'mounts'
    redirect(303, `/patients/${params.id}/${where}?removed=${params.mountId}`)
  },

  /** Which orthodontic view a photograph of this patient is, as staff say; nothing: as its codes say. */
  view: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'mounts.write')
    const { db } = ports()
    const form = NewView.safeParse(Object.fromEntries(await request.formData()))
    const assigned =
      form.success &&
      (await withTenant(db, session.tenant.id, async (tx) => {
        const { image: instanceId, view } = form.data
        const which = { patientId: params.id, instanceId, view }
        const was = await assignView(tx, session.tenant.id, which, session.userId)
        if (!was) return null
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: 'photograph.view-assigned',
          outcome: 'success',
          patientId: params.id,
          detail: { instanceId, view, before: was.before },
        })
        return was
      }))
    if (!assigned) return notHere(locals, session, 'mount')
    return { before: assigned.before }
  },

  /** Which time point a set of records is of. */
  describe: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'mounts.write')
    const { db } = ports()
    const form = TimePoint.safeParse(Object.fromEntries(await request.formData()))
    const done =
      form.success &&
      (await withTenant(db, session.tenant.id, async (tx) => {
        const which = { id: params.mountId, patientId: params.id }
        if (!(await describeMount(tx, which, form.data))) return false
        await recordInTransaction(tx, {
          ...auditOf(locals, session),
          kind: 'mount.saved',
          outcome: 'success',
          patientId: params.id,
          detail: { mountId: params.mountId, stage: form.data.stage },
        })
        return true
      }))
    if (!done) return notHere(locals, session, 'mount')
    return { described: true }
  },

  /** Told before a picture or print of it is made, since that leaves the practice's system. */
  export: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'images.read')
    const { db, audit } = ports()
    const what = z.enum(['picture', 'print']).safeParse((await request.formData()).get('what'))
    const [mount] = await withTenant(db, session.tenant.id, (tx) =>
      listMounts(tx, { patientId: params.id, id: params.mountId }),
    )
    if (!mount || !what.success) return notHere(locals, session, 'mount')
    await audit.record({
      ...auditOf(locals, session),
      kind: 'mount.exported',
      outcome: 'success',
      patientId: params.id,
      detail: { mountId: mount.id, what: what.data },
    })
    return { exported: what.data }
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
