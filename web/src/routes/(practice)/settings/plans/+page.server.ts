import { readPlanSettings, savePlanSettings, withTenant } from '@bitewing/db'
import { readPercent, toothNotations } from '@bitewing/db/plan-rules'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** How the practice writes teeth, what taxes there are, and what a patient agrees to. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  return { settings: await withTenant(ports().db, session.tenant.id, readPlanSettings) }
}

const Rate = z.string().transform((text, context) => {
  const ratePpm = readPercent(text, 4)
  if (ratePpm === null) context.addIssue({ code: 'custom' })
  return ratePpm ?? 0
})

const SettingsForm = z.object({
  version: z.coerce.number().int().min(0),
  notation: z.enum(toothNotations),
  currency: z
    .string()
    .trim()
    .toUpperCase()
    .refine((code) => Intl.supportedValuesOf('currency').includes(code)),
  consentEn: z.string().trim().min(1).max(4000),
  consentFr: z.string().trim().min(1).max(4000),
})
const TaxLine = z.object({
  id: z.string().regex(/^[a-z0-9-]{0,40}$/),
  en: z.string().trim().min(1).max(40),
  fr: z.string().trim().min(1).max(40),
  rate: Rate,
})

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const fields = await request.formData()
    const form = SettingsForm.safeParse(Object.fromEntries(fields))
    if (!form.success) {
      const [bad] = form.error.issues.map(({ path }) => path[0])
      return fail(400, { problem: bad === 'currency' ? ('currency' as const) : ('consent' as const) })
    }
    const all = (name: string) => fields.getAll(name).map((value) => (typeof value === 'string' ? value : ''))
    const [ids, en, fr, rates] = [all('taxId'), all('taxEn'), all('taxFr'), all('taxRate')]
    const lines = ids
      .map((id, index) => ({ id, en: en[index] ?? '', fr: fr[index] ?? '', rate: rates[index] ?? '' }))
      .filter((line) => [line.en, line.fr, line.rate].some((text) => text.trim() !== ''))
      .map((line) => TaxLine.safeParse({ ...line, en: line.en || line.fr, fr: line.fr || line.en }))
    const taxes = lines.flatMap((line) => (line.success ? [line.data] : []))
    if (taxes.length < lines.length || taxes.length > 8) return fail(400, { problem: 'tax' as const })
    const { consentEn, consentFr, ...rest } = form.data
    const saved = await savePlanSettings(ports().db, staffOf(locals, session), {
      ...rest,
      consent: { en: unixLines(consentEn), fr: unixLines(consentFr) },
      taxes: taxes.map((tax) => ({
        id: tax.id || `tax-${crypto.randomUUID().slice(0, 8)}`,
        name: { en: tax.en, fr: tax.fr },
        ratePpm: tax.rate,
      })),
    })
    return saved ? { saved: true } : fail(409, { problem: 'changed' as const })
  },
}

function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}
