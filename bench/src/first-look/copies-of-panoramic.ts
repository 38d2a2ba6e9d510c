import { demoInstances } from '@bitewing/demo'
import { newUid } from './new-uid.ts'

/** One file, and the names by which DICOMweb addresses it. */
export type NamedFile = { study: string; series: string; instance: string; bytes: Buffer }

/**
 * The demo's panoramic (2888 × 1468, 12 bits) as often as wanted, each a study of its own: only its three UIDs
 * differ, in place and of the same length, so that every other byte of the file stays.
 */
export async function copiesOfPanoramic(): Promise<() => NamedFile> {
  const original = await readPanoramic()
  const uids = [0x0d, 0x0e].map((element) => uidAt(original, 0x0020, element))
  const [study = '', series = ''] = uids
  const instance = uidAt(original, 0x0008, 0x18)
  return () => {
    const bytes = Buffer.from(original)
    const renamed = (uid: string) => {
      const fresh = newUid().slice(0, uid.length).padEnd(uid.length, '1')
      let found = -1
      while ((found = bytes.indexOf(uid, found + 1, 'latin1')) >= 0) bytes.write(fresh, found, 'latin1')
      return fresh
    }
    return { study: renamed(study), series: renamed(series), instance: renamed(instance), bytes }
  }
}

async function readPanoramic(): Promise<Buffer> {
  for await (const { bytes } of demoInstances({ only: { patients: ['cote'], kinds: ['panoramic'] } })) {
    return Buffer.from(bytes)
  }
  throw new Error('The demo has no panoramic')
}

/** The value of a UID element of an Explicit VR Little Endian file. */
function uidAt(bytes: Buffer, group: number, element: number): string {
  const head = Buffer.from([group & 0xff, group >> 8, element & 0xff, element >> 8, 0x55, 0x49]) // UI
  const at = bytes.indexOf(head)
  if (at < 0) throw new Error('The panoramic lacks a UID')
  return bytes.toString('latin1', at + 8, at + 8 + bytes.readUInt16LE(at + 6)).replace(/\0$/, '')
}
