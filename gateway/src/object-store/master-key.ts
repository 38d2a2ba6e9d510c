import { randomBytes } from 'node:crypto'
import { link, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KeyUnusable } from './object-errors.ts'
import { errorCode } from './on-disk.ts'

const keyBytes = 32

/**
 * Reads a master key from configuration: 32 bytes in base64.
 *
 * @throws {KeyUnusable}
 */
export function parseMasterKey(base64: string): Buffer {
  const text = base64.trim()
  const key = Buffer.from(text, 'base64')
  // Buffer passes over what is not base64: only a text that comes out the same again was one.
  if (key.length !== keyBytes || key.toString('base64') !== text) {
    throw new KeyUnusable('the master key must be 32 bytes in base64')
  }
  return key
}

/**
 * The master key that lies in a file, which is made (mode 0600) when there is none. Of two processes that start at
 * once, both get the same key.
 *
 * Whoever loses this file has lost every object: it belongs in a backup, apart from the data.
 *
 * @throws {KeyUnusable} when others may read the file, or it holds no key; it is never replaced
 */
export async function loadOrCreateMasterKey(path: string): Promise<Buffer> {
  return (await load(path)) ?? (await create(path)) ?? (await load(path)) ?? Promise.reject(vanished())
}

async function load(path: string): Promise<Buffer | null> {
  const file = await open(path, 'r').catch(absentAsNull)
  if (file === null) return null
  try {
    const { mode } = await file.stat()
    if ((mode & 0o077) !== 0) throw new KeyUnusable('the master key file may be read by others: chmod 600')
    return parseMasterKey(await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

/** @returns null when another process was first */
async function create(path: string): Promise<Buffer | null> {
  const key = randomBytes(keyBytes)
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(`${key.toString('base64')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(temporary, path) // fails when the name is taken, and never shows half a file
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return null
    throw error
  } finally {
    await unlink(temporary)
  }
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync() // objects must never outlive the key that opens them
  } finally {
    await folder.close()
  }
  return key
}

function absentAsNull(error: unknown): null {
  if (errorCode(error) === 'ENOENT') return null
  throw error
}

function vanished(): KeyUnusable {
  return new KeyUnusable('the master key file vanished while it was read')
}
