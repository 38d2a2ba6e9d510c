import { demoUid } from './dicom/demo-uid.ts'
import { demoPatients } from './patients.ts'
import { createPhantom } from './phantom/phantom.ts'
import { cephalogramGeometry, cephalogramLandmarks, type CephalogramLandmarks } from './render/cephalogram.ts'

/** A cephalogram with its landmarks where the phantom has them: known, not found. */
export type DemoTracing = { sopInstanceUid: string; landmarks: CephalogramLandmarks }

const { detectorPixelMm, magnification } = cephalogramGeometry

/** Millimetres in the plane of the head, as the cephalograms' attributes give them. */
export const demoTracingCalibration = {
  kind: 'magnification',
  columnMm: detectorPixelMm / magnification,
} as const

/** The cephalograms of the orthodontic patient, before and after, traced. Some tenths of a second for each. */
export function demoTracings(): { patientId: string; tracings: DemoTracing[] } {
  const patient = demoPatients.find(({ key }) => key === 'cote')
  if (!patient) throw new Error('The demo has no orthodontic patient.')
  const tracings = patient.studies
    .filter(({ images }) => images.includes('cephalogram'))
    .map(({ key, phase }) => ({
      sopInstanceUid: demoUid(patient.key, key, 'cephalogram', 1),
      landmarks: cephalogramLandmarks(createPhantom(patient.dentition, phase, 0)),
    }))
  return { patientId: patient.patientId, tracings }
}
