import { auditActors, readAuditTrail, readPatient, withTenant } from '@bitewing/db'
import { auditFilter, readAskedAudit } from '#lib/server/audit-filter.ts'
import { ports } from '#lib/server/compose.ts'
import { auditOf, requireAction, requireTenant } from '#lib/server/session.ts'
import type { PageServerLoad } from './$types'

const entriesPerPage = 50

/** Who did what in this practice: for its owner and auditors, who answer patients and authorities. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'audit.read')
  const { db, audit } = ports()
  const asked = readAskedAudit(url.searchParams)
  const before = Math.trunc(Number(url.searchParams.get('before')))

  await audit.access({ ...auditOf(locals, session), kind: 'audit.viewed', outcome: 'success' })
  return withTenant(db, session.tenant.id, async (tx) => {
    const filter = await auditFilter(tx, asked)
    const found = await readAuditTrail(tx, {
      filter,
      before: before > 0 ? before : null,
      limit: entriesPerPage + 1,
    })
    const [onlyId] = filter.patientIds ?? []
    const only =
      onlyId !== undefined && filter.patientIds?.length === 1 ? await readPatient(tx, onlyId) : null
    const entries = found.slice(0, entriesPerPage)
    return {
      asked,
      entries,
      older: found.length > entriesPerPage ? (entries.at(-1)?.position ?? null) : null,
      isNewest: !(before > 0),
      actors: await auditActors(tx),
      onlyPatient: only && { id: only.id, familyName: only.familyName, givenName: only.givenName },
      knowsPatient: filter.patientIds === undefined || filter.patientIds.length > 0,
    }
  })
}
