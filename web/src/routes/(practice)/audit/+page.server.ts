import { auditActors, readAuditTrail, readPatient, withTenant } from '@bitewing/db'
import { auditFilter, readAskedAudit, requireAudit } from '#lib/server/audit-filter.ts'
import { ports } from '#lib/server/compose.ts'
import { auditOf, requireTenant } from '#lib/server/session.ts'
import type { PageServerLoad } from './$types'

const entriesPerPage = 50

/** Who did what in this practice: for its owner and auditors, who answer patients and authorities; of their own patients, for dentists. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const session = requireTenant(locals)
  const asked = readAskedAudit(url.searchParams)
  const readsAll = await requireAudit(locals, session, asked)
  const { db, audit } = ports()
  const before = Math.trunc(Number(url.searchParams.get('before')))

  await audit.access({
    ...auditOf(locals, session),
    kind: 'audit.viewed',
    outcome: 'success',
    ...(readsAll ? {} : { patientId: asked.patient }),
  })
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
      readsAll,
      entries,
      older: found.length > entriesPerPage ? (entries.at(-1)?.position ?? null) : null,
      isNewest: !(before > 0),
      actors: await auditActors(tx),
      onlyPatient: only && { id: only.id, familyName: only.familyName, givenName: only.givenName },
      knowsPatient: filter.patientIds === undefined || filter.patientIds.length > 0,
    }
  })
}
