import { imageDescription } from '../image-description.ts'
import type { Job } from './job.ts'

const [rows, columns] = [1024, 1024]
const rounds = 6

/**
 * Jobs whose pictures nobody wants: radiographs of noise that go the way of real ones, with and without a window, until
 * the engine has compiled that way.
 */
export function* warmUpJobs(): Generator<Job> {
  for (let round = 0; round < rounds; round++) {
    const words = Uint16Array.from({ length: rows * columns }, (_, index) => ((index * 40503) >> 7) & 0xfff)
    const value = (vr: string, ...Value: (string | number)[]) => ({ vr, Value })
    const image = imageDescription(
      {
        '00080060': value('CS', 'PX'),
        '00280002': value('US', 1),
        '00280004': value('CS', 'MONOCHROME2'),
        '00280010': value('US', rows),
        '00280011': value('US', columns),
        '00280100': value('US', 16),
        '00280101': value('US', 12),
        '00280102': value('US', 11),
        '00280103': value('US', 0),
        ...(round % 2 === 0 && { '00281050': value('DS', 2048), '00281051': value('DS', 4096) }),
      },
      { frame: 1, bulkValue: () => undefined },
    )
    yield {
      kind: 'render',
      frame: { bytes: new Uint8Array(words.buffer), transferSyntaxUid: '1.2.840.10008.1.2.1' },
      image,
      outputs: [
        { format: 'jpeg', quality: 88 },
        { format: 'webp', quality: 86, width: 200 },
      ],
    }
  }
}
