import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type TemporaryFolder = { path: string; remove(): Promise<void> }

const open = new Set<string>()

/** A fresh folder that only this user can read; removed by `remove()`, or else when the process ends. */
export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `bitewing-${name}-`))
  if (open.size === 0) process.once('exit', removeAll)
  open.add(path)
  return {
    path,
    async remove() {
      open.delete(path)
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function removeAll() {
  for (const path of open) rmSync(path, { recursive: true, force: true })
}
