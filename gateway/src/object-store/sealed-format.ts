import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import { ObjectCorrupt } from './object-errors.ts'
import type { ObjectName } from './object-store.ts'
import { ownMemory } from '../own-memory.ts'

// docs/decisions/0003-object-format.md is the specification of all this, byte by byte.

/** Plain bytes in every chunk but the last. */
export const chunkBytes = 256 * 1024
/** The AES-GCM tag after each chunk. */
export const tagBytes = 16
/** A chunk as stored. */
export const sealedChunkBytes = chunkBytes + tagBytes
/** magic 4, version 1, chunk size as a power of two 1, reserved 2, salt 32 */
export const headerBytes = 40

const magic = Buffer.from('BWOB', 'latin1')
const version = 1
const chunkSizeExponent = 18 // 2^18 = chunkBytes
const saltOffset = 8
const saltBytes = 32
const dataKeyBytes = 32
const keyPurpose = 'bitewing object v1'

/** @returns a header with a new random salt */
export function newHeader(): Buffer {
  const header = Buffer.alloc(headerBytes)
  magic.copy(header, 0)
  header[4] = version
  header[5] = chunkSizeExponent
  randomBytes(saltBytes).copy(header, saltOffset)
  return header
}

/** @throws {ObjectCorrupt} unless these are the first bytes of an object of the version we know */
export function assertHeader(header: Buffer): void {
  if (header.length < headerBytes || !header.subarray(0, 4).equals(magic)) {
    throw new ObjectCorrupt('not a sealed object')
  }
  if (header[4] !== version || header[5] !== chunkSizeExponent || header[6] !== 0 || header[7] !== 0) {
    throw new ObjectCorrupt('sealed object of an unknown version')
  }
}

/** Chunks of an object of so many plain bytes; an empty object has one, empty. */
export function chunkCount(plainBytes: number): number {
  return Math.max(1, Math.ceil(plainBytes / chunkBytes))
}

export function sealedBytes(plainBytes: number): number {
  return headerBytes + plainBytes + chunkCount(plainBytes) * tagBytes
}

/** @throws {ObjectCorrupt} for a size that no object has: it was cut or grown */
export function plainBytes(storedBytes: number): number {
  const body = storedBytes - headerBytes
  const chunks = Math.max(1, Math.ceil(body / sealedChunkBytes))
  const plain = body - chunks * tagBytes
  if (plain < 0 || sealedBytes(plain) !== storedBytes) throw new ObjectCorrupt('stored size fits no object')
  return plain
}

/** The key of one put of one object, 32 bytes: opens nothing else. */
export function objectKeyOf(dataKey: KeyObject, header: Buffer): Buffer {
  // HKDF would take a key of any length, and AES-256 a bad one with it.
  if (dataKey.symmetricKeySize !== dataKeyBytes) throw new RangeError('a data key has 32 bytes')
  const salt = header.subarray(saltOffset, saltOffset + saltBytes)
  return Buffer.from(hkdfSync('sha256', dataKey, salt, keyPurpose, 32))
}

/** Seals and opens the chunks of one object. Not for two objects, nor for two versions of one. */
export type ChunkCipher = {
  /** @returns cipher text and tag, `plain.length + 16` bytes */
  seal(plain: Uint8Array, index: number, last: boolean): [Buffer, Buffer]
  /** @throws {ObjectCorrupt} unless `sealed` is exactly what `seal` made for this object, index and last flag */
  open(sealed: Buffer, index: number, last: boolean): Buffer<ArrayBuffer>
}

/**
 * @param dataKey the tenant's 32-byte data key
 * @param header  the object's 40-byte header, which holds the salt
 */
export function chunkCipher(dataKey: KeyObject, header: Buffer, object: ObjectName): ChunkCipher {
  return objectCipher(objectKeyOf(dataKey, header), header, object)
}

/** As `chunkCipher`, of the object's own key. */
export function objectCipher(
  objectKey: Uint8Array,
  header: Buffer,
  { tenantId, name }: ObjectName,
): ChunkCipher {
  const key = createSecretKey(objectKey) // taken over once: as bytes it would be anew for each chunk

  const tenant = Buffer.from(tenantId, 'utf8')
  const nameUtf8 = Buffer.from(name, 'utf8')
  // Lengths before the texts: no two pairs of tenant and name share these bytes.
  const aad = Buffer.alloc(headerBytes + 2 + tenant.length + 2 + nameUtf8.length + 8 + 1)
  let at = header.copy(aad, 0, 0, headerBytes)
  at = aad.writeUInt16BE(tenant.length, at)
  at += tenant.copy(aad, at)
  at = aad.writeUInt16BE(nameUtf8.length, at)
  at += nameUtf8.copy(aad, at)
  const indexAt = at
  const lastAt = indexAt + 8
  const nonce = Buffer.alloc(12)

  // The nonce may be a bare counter because the key is used for this one object: its salt is random.
  const place = (index: number, last: boolean) => {
    nonce.writeBigUInt64BE(BigInt(index), 4)
    aad.writeBigUInt64BE(BigInt(index), indexAt)
    aad[lastAt] = last ? 1 : 0
  }

  return {
    seal(plain, index, last) {
      place(index, last)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      cipher.setAAD(aad)
      const sealed = ownMemory(cipher.update(plain))
      cipher.final() // GCM is a stream: nothing is left over
      return [sealed, cipher.getAuthTag()]
    },

    open(sealed, index, last) {
      if (sealed.length < tagBytes) throw new ObjectCorrupt(`chunk ${index} is cut`)
      place(index, last)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      decipher.setAAD(aad)
      decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
      const plain = decipher.update(sealed.subarray(0, sealed.length - tagBytes))
      try {
        decipher.final()
      } catch (error) {
        throw new ObjectCorrupt(`chunk ${index} is not what was stored`, { cause: error })
      }
      return plain
    },
  }
}
