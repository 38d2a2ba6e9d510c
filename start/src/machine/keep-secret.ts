import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { randomSecret } from './secret.ts'

/**
 * The secret kept in a file that only this user can read; made at first use, and the same ever after.
 *
 * @param path   absolute path of the file
 * @param create makes the secret when there is none yet
 */
export async function keepSecret(path: string, create: () => string = randomSecret): Promise<string> {
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return null
  })
  if (kept !== null) return kept.trim()

  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const unfinished = `${path}.${randomSecret()}`
  await writeFile(unfinished, `${create()}\n`, { mode: 0o600, flush: true })
  await chmod(unfinished, 0o600)
  // A link fails where a rename would replace: a secret that exists is never overwritten.
  try {
    await link(unfinished, path)
  } finally {
    await rm(unfinished)
  }
  return (await readFile(path, 'utf8')).trim()
}
