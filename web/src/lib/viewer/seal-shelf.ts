import { xchacha20poly1305 } from '@noble/ciphers/chacha'
import type { Shelf } from './outbox.ts'

/** Whose what waits on a device is. */
export type DeviceOwner = {
  /** user and practice: in the names of what lies there */
  name: string
  /** 32 bytes in base64, which the server gives to them alone, while they are logged in */
  key: string
}

const nonceBytes = 24
const utf8 = new TextEncoder()

/**
 * A shelf on which the owner alone reads: several people use a tablet at the chair, and what is not sent yet stays there
 * when one of them logs out. Each text is sealed under its name (XChaCha20-Poly1305). The browser's own cryptography would
 * have to be awaited, and is not there without TLS; what is drawn must lie on the shelf before anything else happens.
 *
 * What cannot be opened is as what is not there; what an earlier version left in plain is read once more.
 */
export function sealShelf(shelf: Shelf, { key }: DeviceOwner): Shelf {
  const bytes = fromBase64(key)
  const cipher = (name: string, nonce: Uint8Array) => xchacha20poly1305(bytes, nonce, utf8.encode(name))
  return {
    getItem(name) {
      const kept = shelf.getItem(name)
      if (kept === null || kept.startsWith('[')) return kept
      try {
        const sealed = fromBase64(kept)
        const plain = cipher(name, sealed.subarray(0, nonceBytes)).decrypt(sealed.subarray(nonceBytes))
        return new TextDecoder().decode(plain)
      } catch {
        return null
      }
    },
    setItem(name, text) {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes))
      const sealed = cipher(name, nonce).encrypt(utf8.encode(text))
      const all = new Uint8Array(nonceBytes + sealed.length)
      all.set(nonce)
      all.set(sealed, nonceBytes)
      shelf.setItem(name, toBase64(all))
    },
    removeItem: (name) => shelf.removeItem(name),
    key: (index) => shelf.key(index),
    get length() {
      return shelf.length
    },
  }
}

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const toBase64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
