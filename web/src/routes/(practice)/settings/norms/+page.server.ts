import { readCephNorms, saveCephNorms, withTenant, type CephNorms } from '@bitewing/db'
import { fail } from '@sveltejs/kit'
import { measures } from '#lib/ceph/measures.ts'
import { parseNumber } from '#lib/orthodontics/parse-number.ts'
import { ports } from '#lib/server/compose.ts'
import { requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** The practice's own cephalometric norms. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  return { norms: await withTenant(ports().db, session.tenant.id, readCephNorms) }
}

const [meanMost, deviationMost] = [1000, 200] as const

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = await request.formData()
    const text = (name: string) => {
      const value = form.get(name)
      return typeof value === 'string' ? value.trim() : ''
    }
    const typed = Object.fromEntries(
      measures.map(({ id }) => [id, { mean: text(`mean-${id}`), deviation: text(`sd-${id}`) }]),
    )
    const norms: Record<string, CephNorms[string]> = {}
    for (const { id } of form.has('restore') ? [] : measures) {
      const [mean, deviation] = [text(`mean-${id}`), text(`sd-${id}`)]
      if (mean === '' && deviation === '') continue
      const [middle, width] = [parseNumber(mean), parseNumber(deviation)]
      if (middle === null || width === null || Math.abs(middle) > meanMost)
        return fail(400, { problem: id, typed })
      if (!(width > 0 && width <= deviationMost)) return fail(400, { problem: id, typed })
      norms[id] = { mean: middle, deviation: width }
    }
    await saveCephNorms(ports().db, staffOf(locals, session), norms)
    return { saved: true }
  },
}
