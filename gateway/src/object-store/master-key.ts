import { open } from 'node:fs/promises'
import { KeyUnusable } from './object-errors.ts'
import { errorCode } from './on-disk.ts'

const keyBytes = 32

/**
 * The master key of the configuration: `MASTER_KEY`, or else what lies in `MASTER_KEY_FILE`. Never makes one: under a
 * new key, by a mistyped path, nothing that is stored could be opened again.
 *
 * @returns 32 bytes
 * @throws {KeyUnusable} when there is none, it is not 32 bytes in base64, or its file may be read by others
 */
export async function readMasterKey({
  MASTER_KEY: base64,
  MASTER_KEY_FILE: path,
}: {
  MASTER_KEY?: string | undefined
  MASTER_KEY_FILE?: string | undefined
}): Promise<Buffer> {
  if (base64) return parseMasterKey(base64)
  if (!path) throw new KeyUnusable('there is no master key')
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new KeyUnusable(`the master key file cannot be read (${errorCode(error) ?? 'unknown'})`)
  })
  try {
    const { mode } = await file.stat()
    if ((mode & 0o077) !== 0) throw new KeyUnusable('the master key file may be read by others: chmod 600')
    return parseMasterKey(await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

/**
 * The master keys that may have wrapped what is stored: the one of the configuration first, then the one before it
 * (`MASTER_KEY_PREVIOUS` or `MASTER_KEY_PREVIOUS_FILE`) while it is being replaced.
 *
 * @throws {KeyUnusable} as `readMasterKey`
 */
export async function readMasterKeys(variables: {
  MASTER_KEY?: string | undefined
  MASTER_KEY_FILE?: string | undefined
  MASTER_KEY_PREVIOUS?: string | undefined
  MASTER_KEY_PREVIOUS_FILE?: string | undefined
}): Promise<MasterKeys> {
  const current = await readMasterKey(variables)
  const { MASTER_KEY_PREVIOUS: previous, MASTER_KEY_PREVIOUS_FILE: previousFile } = variables
  if (!previous && !previousFile) return [current]
  return [current, await readMasterKey({ MASTER_KEY: previous, MASTER_KEY_FILE: previousFile })]
}

export type MasterKeys = readonly [current: Buffer] | readonly [current: Buffer, previous: Buffer]

function parseMasterKey(base64: string): Buffer {
  const text = base64.trim()
  const key = Buffer.from(text, 'base64')
  // Buffer passes over what is not base64: only a text that comes out the same again was one.
  if (key.length !== keyBytes || key.toString('base64') !== text) {
    throw new KeyUnusable('the master key must be 32 bytes in base64')
  }
  return key
}
