import { readFile, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { corpusPath } from '@bitewing/testbed/corpus'
import { dcmtk } from '@bitewing/testbed/dcmtk'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import { newUid, type DicomFile } from './dicom-file.ts'

type RealImage = {
  /** of the corpus's dental images */
  file: string
  patientName: string // `Family^Given`
  patientId: string
  studyDate: string // DA
  studyInstanceUid: string
  /** SNOMED CT codes of the teeth in the picture, or of what a photograph shows, (0008,2228) */
  shows?: string[]
  /** SNOMED CT code of the view, (0054,0220) */
  view?: string
}

/**
 * Images of the corpus as if a device of the practice had just taken them of somebody: their pixels and everything else
 * untouched, under the patient, the date and new UIDs.
 *
 * @throws with DCMTK's words when it cannot write one
 */
export async function realImages(images: readonly RealImage[]): Promise<DicomFile[]> {
  const folder = await temporaryFolder('real-images')
  try {
    return await Promise.all(
      images.map(async (image, index): Promise<DicomFile> => {
        const name = `IM${String(index + 1).padStart(4, '0')}`
        const path = join(folder.path, name)
        await copyFile(corpusPath(`dental/${image.file}`), path)
        const edits = [
          ['0008,0005', 'ISO_IR 192'],
          ['0008,0018', newUid()],
          ['0008,0020', image.studyDate],
          ['0008,0030', '101500'],
          ['0010,0010', image.patientName],
          ['0010,0020', image.patientId],
          ['0010,0030', '19850307'],
          ['0020,000d', image.studyInstanceUid],
          ['0020,000e', `${image.studyInstanceUid}.1`],
          ['0020,0013', String(index + 1)],
          ...(image.shows ?? []).flatMap((code, at) => coded(`0008,2228)[${at}]`, code)),
          ...(image.view ? coded('0054,0220)[0]', image.view) : []),
        ].flatMap(([tag = '', value = '']) => ['-i', `(${tag}${tag.includes(')') ? '' : ')'}=${value}`])
        // what it said of its own place and view
        const cleared = ['0008,2228', '0054,0220', '0020,0062'].flatMap((tag) => ['-e', `(${tag})`])
        const written = await dcmtk('dcmodify', ['-nb', '-imt', ...cleared, ...edits, path])
        if (written.code !== 0) throw new Error(written.stderr)
        return { name, buffer: await readFile(path), studyInstanceUid: image.studyInstanceUid }
      }),
    )
  } finally {
    await folder.remove()
  }
}

const coded = (item: string, code: string) => [
  [`${item}.(0008,0100)`, code],
  [`${item}.(0008,0102)`, 'SCT'],
  [`${item}.(0008,0104)`, 'coded'],
]
