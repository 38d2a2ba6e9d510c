import { createHash } from 'node:crypto'

/**
 * Orthanc's id of an instance, known before Orthanc has it: SHA-1 of its four identifiers, in groups of eight digits.
 *
 * @param identifiers.patientId without padding; '' where the file has none
 */
export function orthancIdOf(identifiers: {
  patientId: string
  studyInstanceUid: string
  seriesInstanceUid: string
  sopInstanceUid: string
}): string {
  const { patientId, studyInstanceUid, seriesInstanceUid, sopInstanceUid } = identifiers
  const joined = [patientId, studyInstanceUid, seriesInstanceUid, sopInstanceUid].join('|')
  const hash = createHash('sha1').update(joined).digest('hex')
  return (hash.match(/.{8}/g) ?? []).join('-')
}
