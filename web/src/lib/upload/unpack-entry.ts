import { Inflate } from 'fflate'
import { entryData, ZipError, type ZipEntry } from './zip-directory.ts'

/** Larger files of an archive are not unpacked in the browser: they lie in memory until sent. */
const entryBytesMax = 1024 * 1024 * 1024

/**
 * One file of an archive, read in pieces and checked against its length and CRC-32. Never more than what the
 * directory promised is kept, so a bomb ends early.
 *
 * @throws {ZipError} when it is damaged, protected, too large or packed otherwise than stored or deflated
 */
export async function unpackEntry(archive: Blob, entry: ZipEntry): Promise<Blob> {
  if (entry.encrypted) throw new ZipError('zip-locked')
  if (entry.method !== 0 && entry.method !== 8) throw new ZipError('zip-method')
  if (entry.bytes > entryBytesMax) throw new ZipError('zip-too-large')

  const pieces: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  let crc = 0xffffffff
  const keep = (piece: Uint8Array) => {
    bytes += piece.length
    if (bytes > entry.bytes) throw new ZipError('zip-broken')
    crc = crc32(crc, piece)
    pieces.push(Uint8Array.from(piece))
  }
  const inflate = entry.method === 8 ? new Inflate(keep) : null
  const reader = (await entryData(archive, entry)).stream().getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (inflate) inflate.push(value ?? new Uint8Array(0), done)
      else if (value) keep(value)
      if (done) break
    }
  } catch (cause) {
    await reader.cancel().catch(() => {})
    throw cause instanceof ZipError ? cause : new ZipError('zip-broken', { cause })
  }
  if (bytes !== entry.bytes || (crc ^ 0xffffffff) >>> 0 !== entry.crc32) throw new ZipError('zip-broken')
  return new Blob(pieces)
}

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

function crc32(crc: number, bytes: Uint8Array): number {
  for (const byte of bytes) crc = ((table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)) >>> 0
  return crc
}
