import {
  practiceAeTitles,
  readPlanSettings,
  readPractice,
  savePractice,
  withTenant,
  type OpeningHours,
} from '@bitewing/db'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { isLocale } from '#lib/locale.ts'
import { minuteOf, type Hours } from '#lib/appointments/day-layout.ts'
import { ports } from '#lib/server/compose.ts'
import { requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** What the practice is called, when it is open, and what machines call it. */
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

const time = z.union([z.literal(''), z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:00)?$/)])

/**
 * The hours of a week as the form says them: on each day two spans, of which one or both may be empty.
 *
 * @returns null where no day has any; `undefined` where a span has one end, or does not end after it begins
 */
function hoursOfForm(form: Record<string, unknown>): OpeningHours | null | undefined {
  const week: Hours[][] = []
  for (let day = 0; day < 7; day++) {
    const spans: Hours[] = []
    for (const part of ['a', 'b']) {
      const [from, to] = ['from', 'to'].map((end) => time.safeParse(form[`${part}-${end}-${day}`] ?? ''))
      if (!from?.success || !to?.success || (from.data === '') !== (to.data === '')) return undefined
      if (from.data !== '') spans.push({ from: minuteOf(from.data), to: minuteOf(to.data) })
    }
    if (spans.some((span, index) => span.from >= span.to || span.from < (spans[index - 1]?.to ?? 0)))
      return undefined
    week.push(spans)
  }
  return week.some((spans) => spans.length > 0) ? week : null
}

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const fields = Object.fromEntries(await request.formData())
    const form = PracticeForm.safeParse(fields)
    if (!form.success) {
      const bad = form.error.issues.some(({ path }) => path[0] === 'timeZone')
      return fail(400, { problem: bad ? ('timeZone' as const) : ('name' as const) })
    }
    const openingHours = hoursOfForm(fields)
    if (openingHours === undefined) return fail(400, { problem: 'hours' as const })
    await savePractice(ports().db, staffOf(locals, session), { ...form.data, openingHours })
    return { saved: true }
  },
}
