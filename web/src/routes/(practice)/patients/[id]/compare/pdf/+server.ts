import { buffer } from 'node:stream/consumers'
import { listComparisons, readPatient, sessionCookieName, withTenant } from '@bitewing/db'
import { error } from '@sveltejs/kit'
import { longDay } from '#lib/format/date.ts'
import { listName } from '#lib/format/person-name.ts'
import { ports } from '#lib/server/compose.ts'
import { isolated } from '#lib/server/pdf/isolated.ts'
import { PdfSheet } from '#lib/server/pdf/pdf-sheet.ts'
import { fetchPictures } from '#lib/server/plan-pdf/fetch-pictures.ts'
import { writeComparison } from '#lib/server/plan-pdf/write-comparison.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { shownComparisons } from '#lib/server/shown-comparisons.ts'
import { m } from '#paraglide/messages.js'
import type { RequestHandler } from './$types'

/** A saved comparison as a page of PDF; whose it is stands on it when that is asked for. On record before a byte leaves. */
export const GET: RequestHandler = async ({ locals, params, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit, environment } = ports()
  const { locale } = locals
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    const saved = patient && (await listComparisons(tx, patient.id))
    const kept = saved?.find(({ id }) => id === url.searchParams.get('saved'))
    const [comparison] = kept ? await shownComparisons(tx, [kept]) : []
    return patient && kept && comparison && { patient, kept, comparison }
  })
  if (!found) return notHere(locals, session, 'comparison')
  const { patient, kept, comparison } = found
  const identified = url.searchParams.has('identified')
  await audit.record({
    ...auditOf(locals, session),
    kind: 'comparison.exported',
    outcome: 'success',
    patientId: patient.id,
    detail: { what: 'pdf', comparisonId: kept.id, identified },
  })
  const pictures = await fetchPictures([], [comparison], {
    gatewayUrl: environment.gatewayUrl,
    folder: '',
    cookie: `${sessionCookieName}=${locals.sessionCookie ?? ''}`,
    address: locals.address,
  })
  if (!pictures) error(503, m.pdf_pictures_away({}, { locale }))
  const title = comparison.title || m.before_after({}, { locale })
  const sheet = new PdfSheet({ title, author: session.tenant.name, locale, at: kept.changedAt })
  await sheet.bring(JSON.stringify([session.tenant.name, patient, comparison]))
  sheet.tag('P', () => sheet.text(session.tenant.name, { weight: 'bold', size: 11 }))
  if (identified) {
    const birthDate = patient.birthDate ? longDay(patient.birthDate, locale) : ''
    const whose = [isolated(listName(patient)), birthDate].filter((part) => part !== '').join(', ')
    sheet.tag('P', () => sheet.text(whose))
  }
  await writeComparison(sheet, comparison, pictures, locale)
  sheet.end((page, pages) => [m.compare_export_note({}, { locale }), m.pdf_page({ page, pages }, { locale })])
  return new Response(new Uint8Array(await buffer(sheet.doc)), {
    headers: {
      'content-type': 'application/pdf',
      'content-disposition': 'attachment; filename="comparison.pdf"',
    },
  })
}
