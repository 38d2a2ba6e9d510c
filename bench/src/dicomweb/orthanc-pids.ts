import { readdir, readFile, readlink } from 'node:fs/promises'

/** Processes that were started with this folder's configuration. */
export async function orthancPids(directory: string): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const [command, cwd] = await Promise.all([
      readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => ''),
      readlink(`/proc/${entry}/cwd`).catch(() => ''),
    ])
    if (/orthanc/i.test(command) && (cwd === directory || command.includes(directory)))
      found.push(Number(entry))
  }
  return found.slice(0, 1)
}
