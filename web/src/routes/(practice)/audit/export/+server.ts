import { readAuditTrail, withTenant, type AuditTrailEntry } from '@bitewing/db'
import { auditKindText } from '#lib/audit/audit-text.ts'
import { csvLine } from '#lib/audit/csv-line.ts'
import { listName } from '#lib/format/person-name.ts'
import { auditFilter, readAskedAudit, requireAudit } from '#lib/server/audit-filter.ts'
import { ports } from '#lib/server/compose.ts'
import { auditOf, requireTenant } from '#lib/server/session.ts'
import type { RequestHandler } from './$types'

const entriesAtOnce = 1000

/** The audit trail as a table for other programs; times are UTC. Sent as it is read, however long it is. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const session = requireTenant(locals)
  const { db, audit } = ports()
  const tenantId = session.tenant.id
  const asked = readAskedAudit(url.searchParams)
  const readsAll = await requireAudit(locals, session, asked)
  const { locale } = locals
  await audit.record({
    ...auditOf(locals, session),
    kind: 'audit.viewed',
    outcome: 'success',
    ...(readsAll ? {} : { patientId: asked.patient }),
    detail: { exported: true },
  })

  async function* lines(): AsyncGenerator<string, void, void> {
    // spreadsheets take UTF-8 for Latin-1 without the mark
    yield `\uFEFF${csvLine(columns)}`
    const filter = await withTenant(db, tenantId, (tx) => auditFilter(tx, asked))
    for (let before: number | null = null; ;) {
      const at: number | null = before
      const entries: AuditTrailEntry[] = await withTenant(db, tenantId, (tx) =>
        readAuditTrail(tx, { filter, before: at, limit: entriesAtOnce }),
      )
      const text = entries.map(({ position, at, kind, outcome, actor, patient, study, ...entry }) =>
        csvLine([
          position,
          at.toISOString(),
          actor.kind,
          actor.name ?? '',
          actor.id ?? '',
          kind,
          auditKindText(kind, locale),
          outcome,
          patient ? listName(patient) : '',
          patient?.id ?? '',
          study?.studyDate ?? '',
          study?.id ?? '',
          entry.address ?? '',
          entry.sessionId ?? '',
          Object.keys(entry.detail).length > 0 ? JSON.stringify(entry.detail) : '',
        ]),
      )
      yield text.join('')
      before = entries.at(-1)?.position ?? null
      if (entries.length < entriesAtOnce || before === null) return
    }
  }
  const parts = lines()
  const utf8 = new TextEncoder()
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await parts.next()
      if (done) controller.close()
      else controller.enqueue(utf8.encode(value))
    },
    async cancel() {
      await parts.return()
    },
  })
  const today = new Date().toISOString().slice(0, 10)
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="audit-${session.tenant.slug}-${today}.csv"`,
    },
  })
}

const columns = [
  'position',
  'time',
  'actor_kind',
  'actor',
  'actor_id',
  'event',
  'event_text',
  'outcome',
  'patient',
  'patient_id',
  'study_date',
  'study_id',
  'address',
  'session_id',
  'detail',
]
