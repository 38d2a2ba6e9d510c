import {
  latestPatients,
  latestStudies,
  newestImages,
  parsePatientSearch,
  patientImageKinds,
  practiceAeTitles,
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

type List = 'recent' | 'all' | 'unsorted' | 'found'

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'patients.read')
  depends('bitewing:studies')
  const { db, audit, environment } = ports()
  const listsImages = allowed(session, 'images.list')
  const seesImages = allowed(session, 'images.read')

  const query = (url.searchParams.get('q') ?? '').slice(0, 100).trim()
  const list = chooseList(query, url.searchParams.get('list'), listsImages)
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
    const patients = found?.patients ?? (list === 'recent' ? await latestPatients(tx, latestPatientsMax) : [])
    const ids = patients.map(({ id }) => id)
    const images = seesImages ? await newestImages(tx, ids, 4) : new Map<string, never>()
    const kinds = listsImages ? await patientImageKinds(tx, ids) : new Map<string, never>()
    const latest =
      seesImages && list === 'recent'
        ? await latestStudies(tx, { limit: latestStudiesMax, imagesMax: 4 })
        : []
    const unsorted = listsImages
      ? await unsortedStudies(tx, { limit: list === 'unsorted' ? unsortedMax : 0, imagesMax: 6 })
      : { studies: [], total: 0 }
    const isEmpty = list === 'recent' && patients.length === 0 && latest.length === 0
    return {
      list,
      query,
      page,
      pages: found ? Math.max(1, Math.ceil(found.total / patientsPerPage)) : 1,
      total: found?.total ?? null,
      patients: patients.map((patient) => ({
        ...patient,
        newest: images.get(patient.id) ?? null,
        kinds: kinds.get(patient.id) ?? [],
      })),
      latest,
      unsorted: unsorted.studies,
      unsortedTotal: unsorted.total,
      seesImages,
      device: isEmpty ? { aeTitles: await practiceAeTitles(tx), port: environment.dicomPort } : null,
      now: new Date(),
    }
  })
}

function chooseList(query: string, wanted: string | null, listsImages: boolean): List {
  if (query !== '') return 'found'
  if (wanted === 'all') return 'all'
  return wanted === 'unsorted' && listsImages ? 'unsorted' : 'recent'
}
