import { practiceAeTitles, readPlanSettings, readPractice, savePractice, withTenant } from '@bitewing/db'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { isLocale } from '#lib/locale.ts'
import { ports } from '#lib/server/compose.ts'
import { requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** What the practice is called, and what machines call it. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  return withTenant(ports().db, session.tenant.id, async (tx) => ({
    details: await readPractice(tx),
    notation: (await readPlanSettings(tx)).notation,
    aeTitles: await practiceAeTitles(tx),
    timeZones: Intl.supportedValuesOf('timeZone'),
  }))
}

const PracticeForm = z.object({
  name: z.string().trim().min(1).max(120),
  locale: z.string().refine(isLocale),
  timeZone: z.string().refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone)),
})

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = PracticeForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) {
      const bad = form.error.issues.some(({ path }) => path[0] === 'timeZone')
      return fail(400, { problem: bad ? ('timeZone' as const) : ('name' as const) })
    }
    await savePractice(ports().db, staffOf(locals, session), form.data)
    return { saved: true }
  },
}
