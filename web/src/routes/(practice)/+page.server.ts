import {
  latestPatients,
  latestStudies,
  likelySame,
  listBookable,
  newestImages,
  openedPatients,
  parsePatientSearch,
  patientImageKinds,
  practiceAeTitles,
  searchPatients,
  unsortedStudies,
  withTenant,
  type PatientFilter,
  type PatientSummary,
  type Transaction,
} from '@bitewing/db'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { readDay } from '#lib/server/read-day.ts'
import { allowed, auditOf, requireAction, requireTenant } from '#lib/server/session.ts'
import { withoutPictures } from '#lib/server/without-pictures.ts'
import type { PageServerLoad } from './$types'

const patientsPerPage = 50
const latestPatientsMax = 30
const latestStudiesMax = 12
const unsortedMax = 100

type List = 'today' | 'mine' | 'recent' | 'all' | 'unsorted' | 'found'

/** The practice's day, or patients: those that fit what was typed, or a list of them. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'patients.read')
  depends('bitewing:studies')
  const { db, audit, environment } = ports()
  const listsImages = allowed(session, 'images.list')
  const seesImages = allowed(session, 'images.read')

  const query = (url.searchParams.get('q') ?? '').slice(0, 100).trim()
  const filter = readFilter(url.searchParams, {
    listsImages,
    seesDay: allowed(session, 'appointments.read'),
    readsPlans: allowed(session, 'plans.read'),
  })
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  const wanted = url.searchParams.get('list') ?? (isFiltered ? 'all' : null)
  const seesDay = allowed(session, 'appointments.read')
  const list = chooseList(query, wanted, { listsImages, seesDay })
  const page = Math.max(1, Math.min(10_000, Math.trunc(Number(url.searchParams.get('page'))) || 1))

  if (list === 'today') {
    depends('bitewing:appointments')
    depends('bitewing:day')
  } else depends('bitewing:patients')
  await audit.access({ ...auditOf(locals, session), kind: 'patients.listed', outcome: 'success' })
  if (list === 'today')
    await audit.access({ ...auditOf(locals, session), kind: 'appointments.listed', outcome: 'success' })
  return withTenant(db, session.tenant.id, async (tx) => {
    const found =
      list === 'all' || list === 'found'
        ? await searchPatients(tx, {
            search: query === '' ? null : parsePatientSearch(query),
            filter,
            limit: patientsPerPage,
            offset: (page - 1) * patientsPerPage,
          })
        : null
    const patients = found?.patients ?? (await listed(tx, list, session.userId))
    const ids = patients.map(({ id }) => id)
    const images = seesImages ? await newestImages(tx, ids, 4) : new Map<string, never>()
    const likely = await likelySame(tx, ids)
    const kinds = listsImages ? await patientImageKinds(tx, ids) : new Map<string, never>()
    const latest =
      seesImages && (list === 'recent' || list === 'today')
        ? await latestStudies(tx, { limit: latestStudiesMax, imagesMax: 4 })
        : []
    const unsorted = listsImages
      ? await unsortedStudies(tx, { limit: list === 'unsorted' ? unsortedMax : 0, imagesMax: 6 })
      : { studies: [], total: 0 }
    const today = list === 'today' ? await readDay(tx, session) : null
    const isEmpty =
      list === 'today'
        ? today?.appointments.length === 0 &&
          (await latestPatients(tx, 1)).length === 0 &&
          latest.length === 0
        : list === 'recent' && patients.length === 0 && latest.length === 0
    return {
      today,
      filter,
      isFiltered,
      providers: found && seesDay ? await listBookable(tx) : [],
      list,
      query,
      page,
      pages: found ? Math.max(1, Math.ceil(found.total / patientsPerPage)) : 1,
      total: found?.total ?? null,
      more: found?.more ?? false,
      patients: patients.map((patient) => ({
        ...patient,
        // that there are images, and when, is for those who may know
        ...(listsImages ? {} : { studyCount: 0, lastStudyDate: null, lastArrivedAt: null }),
        newest: images.get(patient.id) ?? null,
        kinds: kinds.get(patient.id) ?? [],
        same: likely.get(patient.id)?.[0] ?? null,
      })),
      latest,
      unsorted: seesImages ? unsorted.studies : withoutPictures(unsorted.studies),
      unsortedTotal: unsorted.total,
      seesImages,
      // how to begin with images: who may not add any begins with an appointment
      device:
        isEmpty && allowed(session, 'images.upload')
          ? { aeTitles: await practiceAeTitles(tx), port: environment.dicomPort }
          : null,
      now: new Date(),
    }
  })
}

function chooseList(
  query: string,
  wanted: string | null,
  may: { listsImages: boolean; seesDay: boolean },
): List {
  if (query !== '') return 'found'
  if (wanted === 'all' || wanted === 'mine' || wanted === 'recent') return wanted
  if (wanted === 'unsorted' && may.listsImages) return wanted
  return may.seesDay ? 'today' : 'recent'
}

async function listed(tx: Transaction, list: List, userId: string): Promise<PatientSummary[]> {
  if (list === 'mine') return openedPatients(tx, userId, latestPatientsMax)
  return list === 'recent' ? latestPatients(tx, latestPatientsMax) : []
}

/** What cannot be read narrows nothing; nor does what a role may not see, which a list would tell by who is on it. */
function readFilter(
  parameters: URLSearchParams,
  may: { listsImages: boolean; seesDay: boolean; readsPlans: boolean },
): PatientFilter {
  const day = (name: string) =>
    z.iso
      .date()
      .refine((date) => date >= '1880-01-01')
      .safeParse(parameters.get(name)).data
  return {
    imagesSince: may.listsImages ? day('images') : undefined,
    openPlan: may.readsPlans && parameters.get('plan') === 'open' ? true : undefined,
    providerId: may.seesDay ? z.uuid().safeParse(parameters.get('provider')).data : undefined,
    noVisitSince: may.listsImages && may.seesDay ? day('unseen') : undefined,
  }
}
