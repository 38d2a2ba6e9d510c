/**
 * Orthanc (since 1.8.2) unpacks an upload that begins with `PK`. The 128 bytes of preamble are free (PS3.10 §7.1),
 * so a DICOM file can be made to begin so and to carry other instances past every check of ours.
 *
 * @param head at least the first two bytes of the file, where it has so many
 */
export function beginsAsZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b
}
