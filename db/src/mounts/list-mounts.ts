import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import {
  mounts,
  type KeptLayout,
  type MountedImage,
  type MountTemplate,
  type RecordStage,
} from '../schema/index.ts'

export type Mount = {
  id: string
  template: MountTemplate | 'own'
  /** the practice's own, as it was when the mount was made; null for the others */
  layout: KeptLayout | null
  /** whose images it is for; null for images without a date */
  day: string | null
  images: MountedImage[]
  /** of orthodontic records: the time point as staff call it; null for other mounts */
  label: string | null
  stage: RecordStage | null
  version: number
  changedAt: Date
  /** who changed it last, by name; null when nobody of that id is left */
  changedBy: string | null
}

/**
 * The mounts of a patient, those of the latest images first. Inside withTenant.
 *
 * @param id only this one
 */
export async function listMounts(
  tx: Transaction,
  { patientId, id }: { patientId: string; id?: string },
): Promise<Mount[]> {
  return tx
    .select({
      id: mounts.id,
      template: mounts.template,
      layout: mounts.layout,
      day: mounts.day,
      images: mounts.images,
      label: mounts.label,
      stage: mounts.stage,
      version: mounts.version,
      changedAt: mounts.changedAt,
      changedBy: userName(mounts.changedBy),
    })
    .from(mounts)
    .where(
      and(
        eq(mounts.patientId, patientId),
        isNull(mounts.deletedAt),
        id === undefined ? undefined : eq(mounts.id, id),
      ),
    )
    .orderBy(sql`${mounts.day} DESC NULLS LAST`, desc(mounts.createdAt), desc(mounts.id))
    .limit(mountsMax)
}

/** More than anybody looks through. */
const mountsMax = 200
