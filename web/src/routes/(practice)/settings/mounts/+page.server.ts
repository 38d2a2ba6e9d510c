import { readMountSettings, saveMountSettings, withTenant, type MountSettings } from '@bitewing/db'
import { fail } from '@sveltejs/kit'
import { recordGroups } from '#lib/mounts/record-groups.ts'
import { stages } from '#lib/orthodontics/stage-text.ts'
import { ports } from '#lib/server/compose.ts'
import { requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

const offered = ['full-mouth-18', 'bitewings-4', 'bitewings-2', 'photographs-8'] as const

/** Which mounts the practice makes, and what belongs to a set of orthodontic records at each stage. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  const settings = await withTenant(ports().db, session.tenant.id, readMountSettings)
  return { settings, offered }
}

export const actions: Actions = {
  default: async ({ locals, request }) => {
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
}
