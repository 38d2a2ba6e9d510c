/** Bytes of a file's beginning that tell what it is. */
export const headBytes = 140

export type Judgement =
  /** goes to the server, which decides */
  | 'dicom'
  /** beside the images on many disks; nobody misses it */
  | 'companion'
  /** anything else */
  | 'other'

/**
 * What a file is by its name and beginning. The server judges again; this spares it, and people, the rest of a disk.
 *
 * @param path name with folders
 * @param head the first `headBytes` bytes, or fewer where the file is shorter
 * @see DICOM PS3.10 §7.1: 128 bytes, then `DICM`
 */
export function judgeFile(path: string, head: Uint8Array): Judgement {
  const name = path.split('/').at(-1) ?? path
  const companion =
    /^(DICOMDIR|Thumbs\.db|desktop\.ini|autorun\.inf|\.DS_Store)$/i.test(name) ||
    name.startsWith('._') ||
    path.startsWith('__MACOSX/')
  if (companion) return 'companion'
  if (head.length >= 132 && ascii(head, 128, 132) === 'DICM') return 'dicom'
  return beginsWithElement(head) ? 'dicom' : 'other'
}

/** Whether bytes are those of a zip archive, PK 03 04, or of an empty one, PK 05 06. */
export function isZip(path: string, head: Uint8Array): boolean {
  const packed = ascii(head, 0, 2) === 'PK' && (head[2] === 3 || head[2] === 5)
  // office documents and programs are zips too
  return packed && !/\.(docx|xlsx|pptx|odt|ods|odp|jar|apk|epub)$/i.test(path)
}

/** Old files begin with the data set: group 0002 or 0008, little endian, explicit with a known VR or implicit. */
function beginsWithElement(head: Uint8Array): boolean {
  if (head.length < 16) return false
  const [group, groupHigh, , elementHigh] = head
  if (groupHigh !== 0 || elementHigh !== 0 || (group !== 0x02 && group !== 0x08)) return false
  if (/^(UL|CS|UI|DA|TM|LO|SH|PN|OB)$/.test(ascii(head, 4, 6))) return true
  const length = new DataView(head.buffer, head.byteOffset).getUint32(4, true)
  return group === 0x08 && length <= 256 && length % 2 === 0
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to))
}
