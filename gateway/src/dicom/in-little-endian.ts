import { representationOf } from './value-representation.ts'

/** A binary value in little-endian order, as InlineBinary and bulk data have it (PS3.18 F.2.7, §8.7.3). */
export function inLittleEndian(value: Uint8Array, vr: string, bigEndian: boolean): Buffer {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const { unitBytes } = representationOf(vr)
  return bigEndian && unitBytes !== 1 ? swapped(bytes, unitBytes) : bytes
}

/** A copy with the bytes of each unit in reverse order; what is left behind the last whole unit stays as it is. */
export function swapped(bytes: Uint8Array, unitBytes: 2 | 4 | 8): Buffer {
  const copy = Buffer.from(bytes)
  const units = copy.subarray(0, copy.length - (copy.length % unitBytes))
  if (unitBytes === 2) units.swap16()
  else if (unitBytes === 4) units.swap32()
  else units.swap64()
  return copy
}
