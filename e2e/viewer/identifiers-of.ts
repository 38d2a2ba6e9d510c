import { dcmtk } from '@bitewing/testbed/dcmtk'
import type { InstanceIdentifiers } from './find-instance.ts'

/** The UIDs of a DICOM file, as DCMTK reads them. */
export async function identifiersOf(file: string): Promise<InstanceIdentifiers> {
  const names = ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID']
  const { stdout } = await dcmtk('dcmdump', [...names.flatMap((name) => ['--search', name]), file])
  const uid = (name: string) => new RegExp(`\\[([0-9.]+)\\].*${name}`).exec(stdout)?.[1] ?? ''
  return { study: uid('StudyInstanceUID'), series: uid('SeriesInstanceUID'), instance: uid('SOPInstanceUID') }
}
