import { createHash } from 'node:crypto'
import type { AuditEvent } from '@bitewing/db'
import { error } from '@sveltejs/kit'
import { m } from '#paraglide/messages.js'
import { ports } from '../compose.ts'
import { fetchPictures } from './fetch-pictures.ts'
import { writePlanPdf, type PlanPdf } from './write-plan-pdf.ts'

/**
 * The answer that carries a version of a plan as PDF: sent as it is written. Its digest goes on record when all of it
 * has left, so that a document in somebody's hands can be told from another one.
 *
 * @param who whose access it is; that they read the plan is on record before the first byte leaves
 * @param credential name and value of their cookie, by which the gateway gives the pictures
 */
export async function planPdfAnswer(
  plan: Omit<PlanPdf, 'pictures'>,
  who: Pick<AuditEvent, 'tenantId' | 'actor' | 'sessionId'> & { address: string },
  { folder, cookie }: { folder: string; cookie: string },
): Promise<Response> {
  const { audit, environment } = ports()
  const { presentation, locale } = plan
  const event = { ...who, outcome: 'success' as const, patientId: presentation.patient.id }
  const detail = { versionId: presentation.versionId }
  await audit.access({ ...event, kind: 'plan.viewed', detail })
  const pictures = await fetchPictures(plan.images, plan.comparisons ?? [], {
    gatewayUrl: environment.gatewayUrl,
    folder,
    cookie,
    address: who.address,
  })
  if (!pictures) error(503, m.pdf_pictures_away({}, { locale }))

  const chunks = bytes(writePlanPdf({ ...plan, pictures }))
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await chunks.return()
    },
  })
  const name = `plan-${presentation.letter}${presentation.number}-${locale}.pdf`
  return new Response(body, {
    headers: { 'content-type': 'application/pdf', 'content-disposition': `attachment; filename="${name}"` },
  })

  async function* bytes(document: PDFKit.PDFDocument): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    const hash = createHash('sha256')
    let length = 0
    for await (const chunk of document) {
      if (!(chunk instanceof Uint8Array)) continue
      hash.update(chunk)
      length += chunk.byteLength
      yield new Uint8Array(chunk)
    }
    const sha256 = hash.digest('hex')
    await audit.record({
      ...event,
      kind: 'plan.exported',
      detail: { ...detail, locale, bytes: length, sha256 },
    })
  }
}
