import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ArrivalOrigin } from './practice-of.ts'

/*
 * What Orthanc's hook hands over (orthanc/arrival_hook.py): `{name}.dcm`, a Part 10 file, and `{name}.json`, which
 * comes last and makes the entry valid. Names sort by time.
 */

const Description = z.object({
  version: z.literal(1),
  calledAeTitle: z.string(),
  remoteAeTitle: z.string(),
  remoteAddress: z.string(),
  receivedAt: z.coerce.date(),
  sha256: z.string(),
})

export type SpoolEntry = {
  name: string
  arrival: ArrivalOrigin
  file: { path: string; bytes: number; sha256: Buffer; md5: string /* hex */ }
  /** The file is what the hook wrote, and not what a failing disk made of it. */
  whole: boolean
}

/** Names of the entries that wait, oldest first. */
export async function listSpool(spoolDir: string): Promise<string[]> {
  const names = await readdir(spoolDir).catch(nullWhenAbsent)
  return (names ?? [])
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort()
}

/** @returns null when it is gone, or its file is: what ended between the two is finished then */
export async function readSpoolEntry(spoolDir: string, name: string): Promise<SpoolEntry | null> {
  const text = await readFile(join(spoolDir, `${name}.json`), 'utf8').catch(nullWhenAbsent)
  if (text === null) return null
  const { sha256, remoteAeTitle, ...said } = Description.parse(JSON.parse(text))
  const file = await hashFile(join(spoolDir, `${name}.dcm`)).catch(nullWhenAbsent)
  if (file === null) {
    await quarantineSpoolEntry(spoolDir, name)
    return null
  }
  return {
    name,
    arrival: {
      calledAeTitle: said.calledAeTitle,
      callingAeTitle: remoteAeTitle,
      remoteAddress: said.remoteAddress,
      receivedAt: said.receivedAt,
    },
    file,
    whole: file.sha256.toString('hex') === sha256,
  }
}

/** The mark goes first: what is left after a crash is no entry, and the hook removes it at its next start. */
export async function removeSpoolEntry(spoolDir: string, name: string): Promise<void> {
  await rm(join(spoolDir, `${name}.json`), { force: true })
  await rm(join(spoolDir, `${name}.dcm`), { force: true })
}

/** Into the quarantine folder, the file before its mark; a second time finishes what the first began. */
export async function quarantineSpoolEntry(spoolDir: string, name: string): Promise<void> {
  for (const extension of ['dcm', 'json']) {
    const from = join(spoolDir, `${name}.${extension}`)
    await rename(from, quarantinedPath(spoolDir, name, extension)).catch(nullWhenAbsent)
  }
}

export function quarantinedPath(spoolDir: string, name: string, extension = 'dcm'): string {
  return join(spoolDir, 'quarantine', `${name}.${extension}`)
}

export async function hashFile(path: string): Promise<SpoolEntry['file']> {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5') // Orthanc names what it holds by MD5
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    sha256.update(chunk)
    md5.update(chunk)
    bytes += chunk.byteLength
  }
  return { path, bytes, sha256: sha256.digest(), md5: md5.digest('hex') }
}

export function nullWhenAbsent(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
