import { memoryAgain } from './memory-again.ts'

/**
 * Messages between the pool and its children: JSON, with every byte array beside it as it is.
 *
 * Not `v8.serialize`: what comes back from a child that decoded hostile bytes is parsed as plain JSON only, and frames of
 * several megabytes pass without being copied into a message first.
 *
 * Layout, little endian: u32 number of parts, u32 length of each part, the parts; part 0 is the JSON, in which
 * `{"$bytes":n}` and `{"$words":n}` stand for part n as Uint8Array and Uint16Array.
 */
const partsMax = 64
const headBytesMax = 4 + partsMax * 4
/** The first byte array begins at a multiple of it: samples of two bytes are read where they lie. */
const alignment = 8

/** The pieces to write, one after the other. */
export function encodeMessage(message: unknown): Uint8Array[] {
  const parts: Uint8Array[] = []
  const json = JSON.stringify(withoutBytes(message, parts))
  const head = Buffer.alloc(4 + (1 + parts.length) * 4)
  const jsonBytes = Buffer.byteLength(json)
  const end = Math.ceil((head.length + jsonBytes) / alignment) * alignment
  const padded = Buffer.from(json + ' '.repeat(end - head.length - jsonBytes))
  const all = [padded, ...parts]
  head.writeUInt32LE(all.length)
  all.forEach((part, index) => head.writeUInt32LE(part.byteLength, 4 + index * 4))
  return [head, ...all]
}

/** A copy in which byte arrays are references to `parts`. Before JSON sees them: `Buffer.toJSON` would list every byte. */
function withoutBytes(value: unknown, parts: Uint8Array[]): unknown {
  // part 0 is the JSON
  if (value instanceof Uint16Array) {
    return { $words: parts.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) }
  }
  if (value instanceof Uint8Array) return { $bytes: parts.push(value) }
  if (Array.isArray(value)) return value.map((item) => withoutBytes(item, parts))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutBytes(item, parts)]))
  }
  return value
}

/** Memory for a longer message is taken as it comes: its length is somebody else's word. */
const believedBytesMax = 64 * 1024 * 1024

/** Puts a stream's bytes together to messages. */
export type MessageReader = {
  /** Takes bytes; they may be used again afterwards. */
  push(chunk: Uint8Array): void
  /**
   * Where the next bytes may be read to, without a copy between; no more than fit. `taken` says how many came.
   */
  room(): Buffer
  taken(bytes: number): void
  /** Memory of a message that nobody looks at any more, for the next: to take it anew costs more than to fill it. */
  giveBack(): void
}

/**
 * Collects a stream's chunks into messages, each in memory of its own.
 *
 * @param bytesMax of one message; a longer one makes `push` and `taken` throw
 */
export function messageReader(bytesMax: number, onMessage: (message: unknown) => void): MessageReader {
  let message: Buffer = Buffer.allocUnsafeSlow(headBytesMax)
  let held = 0
  let lengths: number[] | null = null
  let needed = 4
  const again = memoryAgain()

  function grow(): void {
    if (needed <= message.length) return
    const larger = Buffer.allocUnsafeSlow(Math.min(needed, 2 * message.length))
    larger.set(message.subarray(0, held))
    message = larger
  }

  function taken(bytes: number): void {
    held += bytes
    while (held === needed) {
      const count = message.readUInt32LE(0)
      if (count < 1 || count > partsMax) throw new Error('a message with an impossible number of parts')
      const head = 4 + count * 4
      if (held < head) {
        needed = head
        return
      }
      if (lengths === null) {
        lengths = Array.from({ length: count }, (_, index) => message.readUInt32LE(4 + index * 4))
        needed = lengths.reduce((sum, length) => sum + length, head)
        if (needed > bytesMax) throw new Error('a message over the limit')
        const whole = again.take(Math.max(head, Math.min(needed, believedBytesMax)))
        whole.set(message.subarray(0, held))
        message = whole
        continue
      }
      const [whole, parts] = [message, lengths]
      message = Buffer.allocUnsafeSlow(headBytesMax)
      held = 0
      lengths = null
      needed = 4
      again.use(whole)
      onMessage(decodeMessage(whole, head, parts))
    }
  }

  function room(): Buffer {
    if (held === message.length) grow()
    return message.subarray(held, Math.min(needed, message.length))
  }

  return {
    push(chunk) {
      for (let at = 0; at < chunk.length;) {
        const to = room()
        const bytes = Math.min(chunk.length - at, to.length)
        to.set(chunk.subarray(at, at + bytes))
        at += bytes
        taken(bytes)
      }
    },
    room,
    taken,
    giveBack: again.giveBack,
  }
}

function decodeMessage(bytes: Buffer, head: number, lengths: number[]): unknown {
  let position = head
  const parts = lengths.map((length) => bytes.subarray(position, (position += length)))
  const revive = (_key: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if ('$bytes' in value && typeof value.$bytes === 'number') return parts[value.$bytes]
    if ('$words' in value && typeof value.$words === 'number') {
      const part = parts[value.$words]
      return part && new Uint16Array(new Uint8Array(part).buffer) // copied, to be aligned
    }
    return value
  }
  return JSON.parse(parts[0]?.toString() ?? 'null', revive)
}
