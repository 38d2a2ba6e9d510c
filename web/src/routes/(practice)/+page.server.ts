import {
  latestPatients,
  latestStudies,
  parsePatientSearch,
  searchPatients,
  unsortedStudies,
  withTenant,
} from '@bitewing/db'
import { ports } from '#lib/server/compose.ts'
import { allowed, auditOf, requireAction, requireTenant } from '#lib/server/session.ts'
import type { PageServerLoad } from './$types'

const patientsPerPage = 50
const latestPatientsMax = 30
const latestStudiesMax = 12
const unsortedMax = 100

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'patients.read')
  depends('bitewing:studies')
  const { db, audit } = ports()
  const seesImages = allowed(session, 'images.read')
  const listsImages = allowed(session, 'images.list')

  const query = (url.searchParams.get('q') ?? '').slice(0, 100).trim()
  const wanted = url.searchParams.get('list')
  const list =
    query !== '' ? 'found' : wanted === 'all' || (wanted === 'unsorted' && listsImages) ? wanted : 'recent'
  const page = Math.max(1, Math.min(10_000, Math.trunc(Number(url.searchParams.get('page'))) || 1))

  await audit.access({ ...auditOf(locals, session), kind: 'patients.listed', outcome: 'success' })
  return withTenant(db, session.tenant.id, async (tx) => {
    const found =
      list === 'recent' || list === 'unsorted'
        ? null
        : await searchPatients(tx, {
            search: query === '' ? null : parsePatientSearch(query),
            limit: patientsPerPage,
            offset: (page - 1) * patientsPerPage,
          })
    const unsorted = listsImages
      ? await unsortedStudies(tx, { limit: list === 'unsorted' ? unsortedMax : 0, imagesMax: 6 })
      : { studies: [], total: 0 }
    return {
      list: list as 'recent' | 'all' | 'unsorted' | 'found',
      query,
      page,
      pages: found ? Math.max(1, Math.ceil(found.total / patientsPerPage)) : 1,
      total: found?.total ?? null,
      patients: found?.patients ?? (list === 'recent' ? await latestPatients(tx, latestPatientsMax) : []),
      latest:
        seesImages && list !== 'found'
          ? await latestStudies(tx, { limit: latestStudiesMax, imagesMax: 4 })
          : [],
      unsorted: unsorted.studies,
      unsortedTotal: unsorted.total,
      seesImages,
    }
  })
}
