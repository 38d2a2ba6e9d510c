import { assignedViews, instanceMetadata, patientStudies, type Transaction } from '@bitewing/db'
import { mountable, mountImages, type MountImage } from '#lib/mounts/mount-images.ts'

const imagesPerStudyMax = 200

/** What a patient has that may lie in a mount, the latest first. Inside withTenant. */
export async function readMountImages(tx: Transaction, patientId: string): Promise<MountImage[]> {
  const images = mountable(await patientStudies(tx, patientId, { imagesMax: imagesPerStudyMax }))
  const ids = images.map(({ id }) => id)
  return mountImages(images, await instanceMetadata(tx, ids), await assignedViews(tx, ids))
}
