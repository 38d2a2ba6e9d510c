import { newUid } from '../first-look/new-uid.ts'
import type { NamedFile } from '../first-look/copies-of-panoramic.ts'
import { slicePixels, writeDicom } from '../first-look/write-dicom.ts'

/** A CT series of its own study, 512 × 512 with 16 bits: 512 KB each. */
export function sliceSeries(count: number): NamedFile[] {
  const [study, series] = [newUid(), newUid()]
  const pixels = slicePixels(512, 512, 1)
  return Array.from({ length: count }, (_, index) => {
    const instance = newUid()
    pixels.copyWithin(1, 0) // no two slices are the same
    pixels[0] = index
    const bytes = writeDicom({
      studyInstanceUid: study,
      seriesInstanceUid: series,
      sopInstanceUid: instance,
      patientName: 'Gagné^Série',
      patientId: `BENCH-${study.slice(-12)}`,
      studyDate: '20240615',
      modality: 'CT',
      instanceNumber: index + 1,
      columns: 512,
      rows: 512,
      pixels,
    })
    return { study, series, instance, bytes }
  })
}

const families = [
  'Tremblay',
  'Gagnon',
  'Roy',
  'Côté',
  'Bouchard',
  'Gauthier',
  'Morin',
  'Lavoie',
  'Fortin',
  'Gagné',
]

/** Studies of one small instance without pixels, for searching. */
export function manyStudies(count: number): NamedFile[] {
  return Array.from({ length: count }, (_, index) => {
    const [study, series, instance] = [newUid(), newUid(), newUid()]
    const bytes = writeDicom({
      studyInstanceUid: study,
      seriesInstanceUid: series,
      sopInstanceUid: instance,
      patientName: `${families[index % families.length] ?? ''}^Test${index}`,
      patientId: `BENCH-${index}`,
      studyDate: `2024${String((index % 12) + 1).padStart(2, '0')}${String((index % 28) + 1).padStart(2, '0')}`,
      modality: index % 3 === 0 ? 'CT' : 'IO',
      instanceNumber: 1,
      columns: 0,
      rows: 0,
    })
    return { study, series, instance, bytes }
  })
}
