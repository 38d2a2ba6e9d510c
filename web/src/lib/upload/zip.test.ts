import { randomBytes } from 'node:crypto'
import { zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { unpackEntry } from './unpack-entry.ts'
import { readZipDirectory, ZipError } from './zip-directory.ts'

const bytesOf = async (blob: Blob) => Buffer.from(await blob.arrayBuffer())
const noise = (length: number) => new Uint8Array(randomBytes(length))
const zip = (files: Record<string, Uint8Array>, level: 0 | 6 = 6) =>
  new Blob([Uint8Array.from(zipSync(files, { level }))])
const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof ZipError ? error.reason : String(error)),
  )

test.each([0, 6] as const)('files come out as they went in (level %i)', async (level) => {
  const files = {
    'PAT/IM0001': noise(300_000),
    'PAT/IM0002': new Uint8Array(500_000),
    vide: new Uint8Array(),
  }
  const archive = zip(files, level)
  const entries = await readZipDirectory(archive)
  expect(entries.map(({ path }) => path)).toEqual(Object.keys(files))
  for (const entry of entries) {
    const { path } = entry
    expect(await bytesOf(await unpackEntry(archive, entry))).toEqual(
      Buffer.from(files[path as keyof typeof files]),
    )
  }
})

test('names with accents and comments after the archive are read', async () => {
  const archive = Buffer.from(zipSync({ 'Geneviève Côté/IM1': noise(10) }))
  archive.writeUInt16LE(6, archive.length - 2)
  const [entry] = await readZipDirectory(new Blob([archive, 'hello!']))
  expect(entry?.path).toBe('Geneviève Côté/IM1')
})

// macOS and streaming writers put sizes behind the data and zeros before it
test('sizes are taken from the directory, not from the local header', async () => {
  const content = noise(20_000)
  const archive = Buffer.from(zipSync({ IM1: content }))
  archive.fill(0, 14, 26)
  archive.writeUInt16LE(archive.readUInt16LE(6) | 8, 6)
  const blob = new Blob([archive])
  const [entry] = await readZipDirectory(blob)
  if (!entry) throw new Error('no entry')
  expect(await bytesOf(await unpackEntry(blob, entry))).toEqual(Buffer.from(content))
})

test('ZIP64 fields are read where 32 bits do not do', async () => {
  const content = noise(1000)
  const plain = Buffer.from(zipSync({ IM1: content }, { level: 0 }))
  const directoryAt = plain.readUInt32LE(plain.length - 6)
  const local = plain.subarray(0, directoryAt)
  const entry = Buffer.from(plain.subarray(directoryAt, plain.length - 22))
  const extra = Buffer.alloc(28)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(24, 2)
  extra.writeBigUInt64LE(1000n, 4)
  extra.writeBigUInt64LE(1000n, 12)
  extra.writeBigUInt64LE(0n, 20)
  for (const at of [20, 24, 42]) entry.writeUInt32LE(0xffffffff, at)
  entry.writeUInt16LE(28, 30)
  const directory = Buffer.concat([entry, extra])
  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  record.writeBigUInt64LE(1n, 24)
  record.writeBigUInt64LE(1n, 32)
  record.writeBigUInt64LE(BigInt(directory.length), 40)
  record.writeBigUInt64LE(BigInt(local.length), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(local.length + directory.length), 8)
  const end = Buffer.from(plain.subarray(plain.length - 22))
  end.writeUInt16LE(0xffff, 10)
  end.writeUInt32LE(0xffffffff, 12)
  end.writeUInt32LE(0xffffffff, 16)
  const archive = new Blob([local, directory, record, locator, end])

  const [only] = await readZipDirectory(archive)
  expect(only).toMatchObject({ path: 'IM1', bytes: 1000, packedBytes: 1000, offset: 0 })
  if (only) expect(await bytesOf(await unpackEntry(archive, only))).toEqual(Buffer.from(content))
})

test('what is no archive, or cut off anywhere, is refused', async () => {
  const whole = Buffer.from(zipSync({ a: noise(5000), b: noise(5000) }))
  expect(await reasonOf(readZipDirectory(new Blob([noise(3000)])))).toBe('zip-broken')
  expect(await reasonOf(readZipDirectory(new Blob([])))).toBe('zip-broken')
  for (const length of [10, 4000, whole.length - 30, whole.length - 1]) {
    expect(await reasonOf(readZipDirectory(new Blob([whole.subarray(0, length)])))).toBe('zip-broken')
  }
})

test('a changed byte, a password and an unknown packing are told apart', async () => {
  const archive = Buffer.from(zipSync({ IM1: noise(5000) }, { level: 0 }))
  archive.writeUInt8(archive.readUInt8(2000) ^ 1, 2000)
  const blob = new Blob([archive])
  const [entry] = await readZipDirectory(blob)
  if (!entry) throw new Error('no entry')
  expect(await reasonOf(unpackEntry(blob, entry))).toBe('zip-broken')
  expect(await reasonOf(unpackEntry(blob, { ...entry, encrypted: true }))).toBe('zip-locked')
  expect(await reasonOf(unpackEntry(blob, { ...entry, method: 14 }))).toBe('zip-method')
  expect(await reasonOf(unpackEntry(blob, { ...entry, bytes: 2 ** 40 }))).toBe('zip-too-large')
})

test('a bomb ends at the size it promised', async () => {
  const archive = zip({ bomb: new Uint8Array(50_000_000) })
  const [entry] = await readZipDirectory(archive)
  if (!entry) throw new Error('no entry')
  expect(await reasonOf(unpackEntry(archive, { ...entry, bytes: 1000 }))).toBe('zip-broken')
})
