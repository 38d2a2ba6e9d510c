import { listAnnotations, studyInstances, type Annotation, type Transaction } from '@bitewing/db'
import { cephCalibration } from '#lib/ceph/traced.ts'
import { parseDataSet } from '#lib/viewer/data-set.ts'
import { imageAttributes } from '#lib/viewer/image-attributes.ts'
import { knownLength } from '#lib/viewer/known-length.ts'
import type { ViewedInstance } from '#lib/viewer/stacks.ts'

/** The image of a tracing as the viewer has it, and its scale as it is now. */
export type CephImage = {
  instance: ViewedInstance
  /** lines of known length that staff drew on the frame, the oldest first */
  knownLengths: Annotation[]
  calibration: ReturnType<typeof cephCalibration>
}

/** Inside withTenant. @returns null when there is no such image */
export async function readCephImage(
  tx: Transaction,
  image: { studyInstanceUid: string; sopInstanceUid: string; frame: number },
): Promise<CephImage | null> {
  const [found] = await studyInstances(tx, image.studyInstanceUid, image.sopInstanceUid)
  if (!found) return null
  const { id: _, metadata, ...instance } = found
  const attributes = imageAttributes(parseDataSet(metadata), instance.sopClassUid)
  const knownLengths = (await listAnnotations(tx, image.studyInstanceUid)).filter(
    ({ kind, sopInstanceUid, frame }) =>
      kind === 'calibration' && sopInstanceUid === image.sopInstanceUid && frame === image.frame,
  )
  return {
    instance: { ...instance, attributes },
    knownLengths,
    calibration: cephCalibration(attributes.spacing, knownLength(knownLengths)),
  }
}
