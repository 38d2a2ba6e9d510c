/**
 * Whether a JPEG-LS or JPEG 2000 stream ends as it should (EOI and EOC are both FFD9, which entropy coding cannot make).
 *
 * Asked before decoding: on streams that were cut off, CharLS may search for half a minute and OpenJPH answers with a
 * picture that is grey from somewhere on.
 */
export function hasEndMarker(bytes: Uint8Array): boolean {
  const tail = bytes.subarray(-64) // some writers pad by more than the one byte of PS3.5 §A.4
  return tail.some((byte, index) => byte === 0xff && tail[index + 1] === 0xd9)
}
