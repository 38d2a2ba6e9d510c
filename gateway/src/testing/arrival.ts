import { randomBytes, randomUUID } from 'node:crypto'
import type { ArrivedInstance } from '../study-index/arrived-instance.ts'
import { newUid } from './test-image.ts'

type Names = { study?: string; series?: string; instance?: string; modality?: string }

/** An instance as it is ready for the index, of an original that nobody has put anywhere. */
export function arrival({
  study = newUid(),
  series = newUid(),
  instance = newUid(),
  modality = 'IO',
}: Names = {}): ArrivedInstance {
  const attributes = {
    '00080060': { vr: 'CS', Value: [modality] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Roy^Luc' }] },
    '00100020': { vr: 'LO', Value: ['P-1'] },
  }
  return {
    instanceId: randomUUID(),
    identifiers: {
      studyInstanceUid: study,
      seriesInstanceUid: series,
      sopInstanceUid: instance,
      sopClassUid: '1.2.840.10008.5.1.4.1.1.1.3',
    },
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    metadata: JSON.stringify(attributes),
    bulkIndex: { start: 0, deflated: false, values: {} },
    frameIndex: null,
    dataSetDigest: randomBytes(32).toString('hex'),
    file: { bytes: 1000, sha256: randomBytes(32), md5: randomBytes(16).toString('hex') },
    archive: { orthancId: randomUUID(), held: true, due: false },
    originalState: 'secured',
    origin: 'stow',
    callingAeTitle: null,
  }
}
