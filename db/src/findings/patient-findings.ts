import { asc, eq, inArray } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import type { Fdi, FindingEnd, FindingKind, Surface } from '../plan-rules/index.ts'
import { instances, studies, toothFindings, toothFindingVersions } from '../schema/index.ts'

type Said = { surfaces: Surface[]; detail: string; note: string; ended: FindingEnd | null }

export type ToothFinding = Said & {
  id: string
  tooth: Fdi
  kind: FindingKind
  /** name and version of the software that proposed it; '' when nobody but people did */
  software: string
  /** our id of the image it was seen on, with where to find it; null when it was seen in the mouth */
  image: { id: string; studyInstanceUid: string; sopInstanceUid: string } | null
  version: number
  createdAt: Date
  /** by name; null when nobody of that id is left in the practice */
  createdBy: string | null
  changedAt: Date
  changedBy: string | null
  /** all that it ever said, the oldest first; the last is what it says now */
  versions: (Said & { version: number; changedAt: Date; changedBy: string | null })[]
}

/** More than any mouth has. */
const findingsMax = 2000

/** All that was ever found on a patient's teeth, the oldest first; what has ended says so. Inside withTenant. */
export async function patientFindings(tx: Transaction, patientId: string): Promise<ToothFinding[]> {
  const found = await tx
    .select({
      id: toothFindings.id,
      tooth: toothFindings.tooth,
      kind: toothFindings.kind,
      surfaces: toothFindings.surfaces,
      detail: toothFindings.detail,
      note: toothFindings.note,
      ended: toothFindings.ended,
      software: toothFindings.software,
      instanceId: instances.id,
      studyInstanceUid: studies.studyInstanceUid,
      sopInstanceUid: instances.sopInstanceUid,
      version: toothFindings.version,
      createdAt: toothFindings.createdAt,
      createdBy: userName(toothFindings.createdBy),
      changedAt: toothFindings.changedAt,
      changedBy: userName(toothFindings.changedBy),
    })
    .from(toothFindings)
    .leftJoin(instances, eq(instances.id, toothFindings.instanceId))
    .leftJoin(studies, eq(studies.id, instances.studyId))
    .where(eq(toothFindings.patientId, patientId))
    .orderBy(asc(toothFindings.createdAt), asc(toothFindings.id))
    .limit(findingsMax)
  if (found.length === 0) return []
  const versions = await tx
    .select({
      findingId: toothFindingVersions.findingId,
      version: toothFindingVersions.version,
      surfaces: toothFindingVersions.surfaces,
      detail: toothFindingVersions.detail,
      note: toothFindingVersions.note,
      ended: toothFindingVersions.ended,
      changedAt: toothFindingVersions.changedAt,
      changedBy: userName(toothFindingVersions.changedBy),
    })
    .from(toothFindingVersions)
    .where(
      inArray(
        toothFindingVersions.findingId,
        found.map(({ id }) => id),
      ),
    )
    .orderBy(asc(toothFindingVersions.version))
  const ofFinding = Map.groupBy(versions, ({ findingId }) => findingId)
  return found.map(({ instanceId, studyInstanceUid, sopInstanceUid, ...finding }) => ({
    ...finding,
    image:
      instanceId !== null && studyInstanceUid !== null && sopInstanceUid !== null
        ? { id: instanceId, studyInstanceUid, sopInstanceUid }
        : null,
    versions: (ofFinding.get(finding.id) ?? []).map(({ findingId: _, ...version }) => version),
  }))
}
