import { listMountLayouts, removeMountLayout, saveMountLayout, withTenant } from '@bitewing/db'
import { error, fail, redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { LayoutForm } from '#lib/mounts/layout-form.ts'
import { ports } from '#lib/server/compose.ts'
import { notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** A layout of the practice's own, to be built. */
export const load: PageServerLoad = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  const [layout] = await withTenant(ports().db, session.tenant.id, (tx) =>
    listMountLayouts(tx, params.layoutId),
  )
  if (!layout) return notHere(locals, session, 'mount layout')
  return { layout }
}

export const actions: Actions = {
  save: async ({ request, locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = LayoutForm.safeParse(changeOf(await request.formData()))
    if (!form.success) error(400, 'not a layout')
    const saved = await saveMountLayout(ports().db, staffOf(locals, session), {
      id: params.layoutId,
      ...form.data,
    })
    if (saved.outcome === 'absent') return notHere(locals, session, 'mount layout')
    if (saved.outcome === 'changed') return fail(409, { layout: saved.layout })
    return { version: saved.version }
  },

  remove: async ({ locals, params }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const which = { id: params.layoutId, restore: false }
    const done = await removeMountLayout(ports().db, staffOf(locals, session), which)
    if (!done) return notHere(locals, session, 'mount layout')
    redirect(303, `/settings/mounts?removed=${params.layoutId}`)
  },
}

function changeOf(fields: FormData): unknown {
  const text = z.string().safeParse(fields.get('change'))
  try {
    return JSON.parse(text.data ?? 'null')
  } catch {
    return null
  }
}
