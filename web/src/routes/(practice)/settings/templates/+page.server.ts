import { listPlanTemplates, removePlanTemplate, renamePlanTemplate, withTenant } from '@bitewing/db'
import { fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** Treatment plans that the practice begins others from. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  return { templates: await withTenant(ports().db, session.tenant.id, (tx) => listPlanTemplates(tx)) }
}

const Renamed = z.object({ template: z.uuid(), name: z.string().trim().min(1).max(80) })

export const actions: Actions = {
  rename: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = Renamed.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'name' as const })
    const { template: id, name } = form.data
    const renamed = await renamePlanTemplate(ports().db, staffOf(locals, session), { id, name })
    if (!renamed) return notHere(locals, session, 'plan template')
    return { renamed: id }
  },

  remove: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const id = z.uuid().safeParse((await request.formData()).get('template'))
    const removed =
      id.success &&
      (await removePlanTemplate(ports().db, staffOf(locals, session), { id: id.data, restore: false }))
    if (!removed) return notHere(locals, session, 'plan template')
    redirect(303, `/settings/templates?removed=${id.data}`)
  },

  restore: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const id = z.uuid().safeParse((await request.formData()).get('template'))
    const restored =
      id.success &&
      (await removePlanTemplate(ports().db, staffOf(locals, session), { id: id.data, restore: true }))
    if (!restored) return notHere(locals, session, 'plan template')
    redirect(303, '/settings/templates')
  },
}
