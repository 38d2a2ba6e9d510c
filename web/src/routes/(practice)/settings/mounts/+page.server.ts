import {
  addMountLayout,
  listMountLayouts,
  readMountSettings,
  removeMountLayout,
  saveMountSettings,
  withTenant,
  type LayoutRows,
  type MountSettings,
} from '@bitewing/db'
import { fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { templateName } from '#lib/mounts/mount-text.ts'
import { rowsOfTemplate } from '#lib/mounts/own-layout.ts'
import { recordGroups } from '#lib/mounts/record-groups.ts'
import { stages } from '#lib/orthodontics/stage-text.ts'
import { ports } from '#lib/server/compose.ts'
import { notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import { m } from '#paraglide/messages.js'
import type { Actions, PageServerLoad } from './$types'

const offered = ['full-mouth-18', 'bitewings-4', 'bitewings-2', 'photographs-8'] as const

/** Which mounts the practice makes, and what belongs to a set of orthodontic records at each stage. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  const found = await withTenant(ports().db, session.tenant.id, async (tx) => ({
    settings: await readMountSettings(tx),
    layouts: await listMountLayouts(tx),
  }))
  return { ...found, offered }
}

const Offered = z.enum(offered)
type Start = { name: string; rows: LayoutRows }
const NewLayout = z.object({
  name: z.string().trim().max(60).default(''),
  /** one that ships, or our id of the practice's own; empty: none */
  from: z.union([Offered, z.uuid(), z.literal('')]),
})

export const actions: Actions = {
  choose: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = await request.formData()
    const templates = offered.filter((template) => form.getAll('template').includes(template))
    if (templates.length === 0) return fail(400, { problem: 'templates' as const })
    const notTaken: MountSettings['notTaken'] = {}
    for (const stage of stages) {
      const taken = form.getAll(`taken-${stage}`)
      const groups = recordGroups.filter(({ key }) => !taken.includes(key))
      if (groups.length === recordGroups.length) return fail(400, { problem: 'records' as const })
      if (groups.length > 0) notTaken[stage] = groups.flatMap(({ cells }) => cells)
    }
    const settings = { templates: [...templates, 'orthodontic-records' as const], notTaken }
    await saveMountSettings(ports().db, staffOf(locals, session), settings)
    return { saved: true }
  },

  /** A layout of the practice's own: empty, or a copy of one that ships or of its own. */
  create: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const { db } = ports()
    const form = NewLayout.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'name' as const })
    const { name, from } = form.data
    const start = await withTenant(db, session.tenant.id, async (tx): Promise<Start | null> => {
      const shipped = Offered.safeParse(from)
      if (shipped.success) return { name: templateName(shipped.data), rows: rowsOfTemplate(shipped.data) }
      if (from === '') return { name: m.layout_new(), rows: [[{ shape: 'lying', awaits: { kind: 'free' } }]] }
      const [own] = await listMountLayouts(tx, from)
      return own ?? null
    })
    if (!start) return notHere(locals, session, 'mount layout')
    const called = name || (from === '' ? start.name : m.layout_copy_of({ name: start.name }))
    const id = await addMountLayout(db, staffOf(locals, session), {
      name: called.slice(0, 60),
      rows: start.rows,
    })
    if (id === null) return fail(409, { problem: 'many' as const })
    redirect(303, `/settings/mounts/${id}`)
  },

  restore: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const id = z.uuid().safeParse((await request.formData()).get('layout'))
    const done =
      id.success &&
      (await removeMountLayout(ports().db, staffOf(locals, session), { id: id.data, restore: true }))
    if (!done) return notHere(locals, session, 'mount layout')
    redirect(303, '/settings/mounts')
  },
}
