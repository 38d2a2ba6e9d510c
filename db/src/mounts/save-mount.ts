import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { areImagesOf } from '../patients/are-images-of.ts'
import {
  mounts,
  type KeptLayout,
  type MountedImage,
  type MountTemplate,
  type RecordStage,
} from '../schema/index.ts'

export type NewMount = {
  template: MountTemplate | 'own'
  /** of `own` alone: kept with the mount */
  layout?: KeptLayout
  day: string | null
  images: MountedImage[]
  /** of orthodontic records alone */
  label?: string
  stage?: RecordStage
}
export type ChangedMount = { id: string; version: number; images: MountedImage[] }

export type SavedMount =
  | { saved: true; id: string; version: number }
  /**
   * `absent`: there is no such mount or patient; `image`: one is not of this patient, stands twice or shares its cell;
   * `changed`: somebody else has changed it since
   */
  | { saved: false; why: 'absent' | 'image' | 'changed' }

/**
 * Keeps a mount, a new one or a changed one. An image that stands in it already may stay although it was deleted
 * since: a deletion can be taken back. Inside withTenant.
 *
 * @param mount a changed one names the version that was changed; its layout and day stay
 * @param userId who saves
 */
export async function saveMount(
  tx: Transaction,
  tenantId: string,
  patientId: string,
  mount: NewMount | ChangedMount,
  userId: string,
): Promise<SavedMount> {
  const { images } = mount
  const distinct = (values: (number | string)[]) => new Set(values).size === values.length
  if (!distinct(images.map(({ cell }) => cell)) || !distinct(images.map(({ instanceId }) => instanceId)))
    return { saved: false, why: 'image' }

  if (!('id' in mount)) {
    if (!(await areImagesOf(tx, patientId, idsOf(images)))) return { saved: false, why: 'image' }
    const [made] = await tx
      .insert(mounts)
      .values({ ...mount, tenantId, patientId, createdBy: userId, changedBy: userId })
      .returning({ id: mounts.id, version: mounts.version })
    return made ? { saved: true, ...made } : { saved: false, why: 'absent' }
  }

  const [held] = await tx
    .select({ version: mounts.version, images: mounts.images })
    .from(mounts)
    .where(and(eq(mounts.id, mount.id), eq(mounts.patientId, patientId), isNull(mounts.deletedAt)))
    .for('update')
  if (!held) return { saved: false, why: 'absent' }
  if (held.version !== mount.version) return { saved: false, why: 'changed' }
  const before = new Set(idsOf(held.images))
  const added = idsOf(images).filter((id) => !before.has(id))
  if (!(await areImagesOf(tx, patientId, added))) return { saved: false, why: 'image' }
  const [changed] = await tx
    .update(mounts)
    .set({ images, version: sql`${mounts.version} + 1`, changedBy: userId, changedAt: new Date() })
    .where(eq(mounts.id, mount.id))
    .returning({ id: mounts.id, version: mounts.version })
  return changed ? { saved: true, ...changed } : { saved: false, why: 'absent' }
}

function idsOf(images: readonly MountedImage[]): string[] {
  return images.map(({ instanceId }) => instanceId)
}
