export type ZipEntry = {
  path: string
  /** 0: stored, 8: deflated */
  method: number
  encrypted: boolean
  packedBytes: number
  bytes: number
  crc32: number
  /** of the local header */
  offset: number
}

export class ZipError extends Error {
  readonly reason: 'zip-broken' | 'zip-locked' | 'zip-method' | 'zip-too-large'
  constructor(reason: ZipError['reason'], options?: ErrorOptions) {
    super(reason, options)
    this.name = 'ZipError'
    this.reason = reason
  }
}

const endBytes = 22
const commentBytesMax = 0xffff
const directoryBytesMax = 64 * 1024 * 1024
const none32 = 0xffffffff
const none16 = 0xffff

/**
 * The files of a zip archive by its central directory, ZIP64 included. Only the directory is read: names and sizes
 * are known before anything is unpacked, and sizes that local headers leave out (streamed archives, such as
 * macOS makes) do not matter.
 *
 * @throws {ZipError} `zip-broken` when it is no zip, or cut off
 * @see APPNOTE.TXT 6.3.10 §4.3.12–4.3.16, §4.5.3
 */
export async function readZipDirectory(archive: Blob): Promise<ZipEntry[]> {
  const tailStart = Math.max(0, archive.size - endBytes - commentBytesMax)
  const tail = await view(archive, tailStart, archive.size)
  let end = tail.byteLength - endBytes
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--
  if (end < 0) throw new ZipError('zip-broken')

  let count = tail.getUint16(end + 10, true)
  let size = tail.getUint32(end + 12, true)
  let start = tail.getUint32(end + 16, true)
  if (count === none16 || size === none32 || start === none32) {
    const locator = end - 20
    if (locator < 0 || tail.getUint32(locator, true) !== 0x07064b50) throw new ZipError('zip-broken')
    const record = await view(archive, big(tail, locator + 8), big(tail, locator + 8) + 56)
    if (record.byteLength < 56 || record.getUint32(0, true) !== 0x06064b50) throw new ZipError('zip-broken')
    count = big(record, 32)
    size = big(record, 40)
    start = big(record, 48)
  }
  if (size > directoryBytesMax) throw new ZipError('zip-too-large')
  const directory = await view(archive, start, start + size)
  if (directory.byteLength !== size) throw new ZipError('zip-broken')

  const entries: ZipEntry[] = []
  for (let at = 0; entries.length < count;) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50)
      throw new ZipError('zip-broken')
    const flags = directory.getUint16(at + 8, true)
    const nameBytes = directory.getUint16(at + 28, true)
    const extraBytes = directory.getUint16(at + 30, true)
    const commentBytes = directory.getUint16(at + 32, true)
    const next = at + 46 + nameBytes + extraBytes + commentBytes
    if (next > directory.byteLength) throw new ZipError('zip-broken')
    const entry: ZipEntry = {
      path: name(
        new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameBytes),
        (flags & 0x800) !== 0,
      ),
      method: directory.getUint16(at + 10, true),
      encrypted: (flags & 1) !== 0,
      crc32: directory.getUint32(at + 16, true),
      packedBytes: directory.getUint32(at + 20, true),
      bytes: directory.getUint32(at + 24, true),
      offset: directory.getUint32(at + 42, true),
    }
    readZip64Extra(directory, at + 46 + nameBytes, extraBytes, entry)
    entries.push(entry)
    at = next
  }
  return entries
}

/** Where an entry's packed bytes lie: after its local header, whose variable parts may differ from the directory's. */
export async function entryData(archive: Blob, entry: ZipEntry): Promise<Blob> {
  const header = await view(archive, entry.offset, entry.offset + 30)
  if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50) throw new ZipError('zip-broken')
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  if (start + entry.packedBytes > archive.size) throw new ZipError('zip-broken')
  return archive.slice(start, start + entry.packedBytes)
}

/** Fields that did not fit 32 bits follow in the order size, packed size, offset, each only where it is needed. */
function readZip64Extra(directory: DataView, from: number, length: number, entry: ZipEntry) {
  for (let at = from; at + 4 <= from + length;) {
    const id = directory.getUint16(at, true)
    const bytes = directory.getUint16(at + 2, true)
    if (id === 1) {
      let field = at + 4
      const end = field + bytes
      const take = () => {
        if (field + 8 > end) throw new ZipError('zip-broken')
        field += 8
        return big(directory, field - 8)
      }
      if (entry.bytes === none32) entry.bytes = take()
      if (entry.packedBytes === none32) entry.packedBytes = take()
      if (entry.offset === none32) entry.offset = take()
      return
    }
    at += 4 + bytes
  }
}

async function view(archive: Blob, from: number, to: number): Promise<DataView> {
  return new DataView(await archive.slice(from, to).arrayBuffer())
}

function big(data: DataView, at: number): number {
  const value = data.getBigUint64(at, true)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ZipError('zip-broken')
  return Number(value)
}

/** Old archives name files in the code page of their maker; for a name to show, Latin-1 is near enough. */
function name(bytes: Uint8Array, utf8: boolean): string {
  return new TextDecoder(utf8 ? 'utf-8' : 'latin1').decode(bytes).replaceAll('\\', '/')
}
