import { and, count, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { patients, studies, type MatchState } from '../schema/index.ts'
import { studyImages, type StudyImage } from './study-images.ts'

export type StudySummary = {
  id: string
  studyInstanceUid: string
  patientId: string | null
  /** the practice's patient; null when the images name nobody */
  patient: { familyName: string; givenName: string; birthDate: string | null } | null
  matchState: MatchState
  /** as the images say it: (0010,0010), (0010,0020), (0010,0021), (0010,0030) */
  dicom: { name: string; id: string; issuer: string; birthDate: string | null; sex: string }
  studyDate: string | null
  studyTime: string | null
  description: string
  modalities: string[]
  seriesCount: number
  instanceCount: number
  arrivedAt: Date
  updatedAt: Date
  images: StudyImage[]
}

const columns = {
  id: studies.id,
  studyInstanceUid: studies.studyInstanceUid,
  patientId: studies.patientId,
  familyName: patients.familyName,
  givenName: patients.givenName,
  birthDate: patients.birthDate,
  matchState: studies.matchState,
  dicomName: studies.patientName,
  dicomId: studies.dicomPatientId,
  dicomIssuer: studies.issuerOfPatientId,
  dicomBirthDate: studies.patientBirthDate,
  dicomSex: studies.patientSex,
  studyDate: studies.studyDate,
  studyTime: studies.studyTime,
  description: studies.studyDescription,
  modalities: studies.modalities,
  seriesCount: studies.seriesCount,
  instanceCount: studies.instanceCount,
  arrivedAt: studies.arrivedAt,
  updatedAt: studies.updatedAt,
}

/** The studies that came in last, newest first, with the first pictures of each. Inside withTenant. */
export async function latestStudies(
  tx: Transaction,
  { limit, imagesMax }: { limit: number; imagesMax: number },
): Promise<StudySummary[]> {
  // the few first, then what is joined to them: the other way round Postgres joins them all
  const newest = await tx
    .select({ id: studies.id })
    .from(studies)
    .orderBy(desc(studies.arrivedAt), desc(studies.id))
    .limit(limit)
  if (newest.length === 0) return []
  const ids = newest.map(({ id }) => id)
  const rows = await tx
    .select(columns)
    .from(studies)
    .leftJoin(patients, eq(patients.id, studies.patientId))
    .where(inArray(studies.id, ids))
    .orderBy(desc(studies.arrivedAt), desc(studies.id))
  return withImages(tx, rows, imagesMax)
}

/** Studies that staff must look at: the images name nobody, or somebody else than the patient they were filed under. */
export async function unsortedStudies(
  tx: Transaction,
  { limit, imagesMax }: { limit: number; imagesMax: number },
): Promise<{ studies: StudySummary[]; total: number }> {
  const unsorted = inArray(studies.matchState, ['unmatched', 'doubtful'])
  const [counted] = await tx.select({ total: count() }).from(studies).where(unsorted)
  const rows = await tx
    .select(columns)
    .from(studies)
    .leftJoin(patients, eq(patients.id, studies.patientId))
    .where(unsorted)
    .orderBy(desc(studies.arrivedAt), desc(studies.id))
    .limit(limit)
  return { studies: await withImages(tx, rows, imagesMax), total: counted?.total ?? 0 }
}

/** All studies of one patient, newest first by their own date and time, those without a date last. Inside withTenant. */
export async function patientStudies(
  tx: Transaction,
  patientId: string,
  { imagesMax }: { imagesMax: number },
): Promise<StudySummary[]> {
  const rows = await tx
    .select(columns)
    .from(studies)
    .leftJoin(patients, eq(patients.id, studies.patientId))
    .where(eq(studies.patientId, patientId))
    .orderBy(
      sql`${studies.studyDate} DESC NULLS LAST, ${studies.studyTime} DESC NULLS LAST`,
      desc(studies.arrivedAt),
    )
  return withImages(tx, rows, imagesMax)
}

/** One study by our id; null when the practice has none such. Inside withTenant. */
export async function readStudy(
  tx: Transaction,
  studyId: string,
  { imagesMax }: { imagesMax: number },
): Promise<StudySummary | null> {
  const rows = await tx
    .select(columns)
    .from(studies)
    .leftJoin(patients, eq(patients.id, studies.patientId))
    .where(and(eq(studies.id, studyId)))
  const [study] = await withImages(tx, rows, imagesMax)
  return study ?? null
}

type Row = {
  [Column in keyof typeof columns]: Column extends 'familyName' | 'givenName' | 'birthDate'
    ? string | null
    : (typeof columns)[Column]['_']['notNull'] extends true
      ? (typeof columns)[Column]['_']['data']
      : (typeof columns)[Column]['_']['data'] | null
}

async function withImages(tx: Transaction, rows: Row[], imagesMax: number): Promise<StudySummary[]> {
  const images = await studyImages(
    tx,
    rows.map(({ id }) => id),
    imagesMax,
  )
  return rows.map(
    ({
      familyName,
      givenName,
      birthDate,
      dicomName,
      dicomId,
      dicomIssuer,
      dicomBirthDate,
      dicomSex,
      ...study
    }) => ({
      ...study,
      patient: familyName === null || givenName === null ? null : { familyName, givenName, birthDate },
      dicom: { name: dicomName, id: dicomId, issuer: dicomIssuer, birthDate: dicomBirthDate, sex: dicomSex },
      images: images.get(study.id) ?? [],
    }),
  )
}
