import { createHash } from 'node:crypto'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { fileSource } from '../dicom/byte-source.ts'
import { temporaryName } from '../object-store/sweep-incoming.ts'
import type { ReceivedFile } from './receive-file.ts'

/** A received file on disk. */
export type SpooledFile = ReceivedFile & { path: string; sha256: Buffer; md5: string /* hex */ }

/**
 * Writes received bytes to a file of the spool folder while hashing them; memory stays at one chunk.
 * Errors of the body are thrown as they are, and nothing is left behind.
 */
export async function spoolFile(body: AsyncIterable<Uint8Array>, folder: string): Promise<SpooledFile> {
  const path = join(folder, temporaryName())
  const sha256 = createHash('sha256')
  const md5 = createHash('md5') // Orthanc names what it holds by MD5
  let bytes = 0
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of body) {
      sha256.update(chunk)
      md5.update(chunk)
      bytes += chunk.byteLength
      await writeAll(file, chunk)
    }
  } catch (error) {
    await file.close()
    await rm(path, { force: true })
    throw error
  }
  await file.close()
  return {
    path,
    content: { path, bytes },
    open: () => fileSource(path),
    finished: () => undefined,
    bytes,
    sha256: sha256.digest(),
    md5: md5.digest('hex'),
    [Symbol.asyncDispose]: () => rm(path, { force: true }),
  }
}

/** A single write may take less than it was given, without an error, when the disk is all but full. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let rest = chunk; rest.byteLength > 0;) {
    const { bytesWritten } = await file.write(rest)
    rest = rest.subarray(bytesWritten)
  }
}
