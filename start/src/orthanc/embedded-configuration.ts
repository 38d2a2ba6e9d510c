import { existsSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { orthancConfiguration } from '../../../orthanc/orthanc-configuration.ts'
import { projectRoot } from '../project-root.ts'

export type EmbeddedConfiguration = {
  /** Absolute path of Orthanc's folder. */
  directory: string
  /** The same folder as Orthanc sees it. */
  folder: string
  httpPort: number
  dicomPort: number
  user: string
  password: string
  /** With the hook of `orthanc/`, which hands duplicates over through `spool/`. */
  hook: boolean
  durable?: boolean
}

/** The Python plugin of the system's packages; null when it is not installed. */
export function pythonPlugin(): string | null {
  const folders = ['/usr/share/orthanc/plugins', '/usr/lib/orthanc', '/usr/local/share/orthanc/plugins']
  return folders.map((folder) => join(folder, 'libOrthancPython.so')).find((path) => existsSync(path)) ?? null
}

/** Makes the folders that Orthanc needs, puts the hook's scripts where it can read them, and configures it. */
export async function embeddedConfiguration(
  options: EmbeddedConfiguration,
): Promise<Record<string, unknown>> {
  const { directory, folder, hook, ...rest } = options
  for (const name of ['storage', 'temporary', 'spool', 'plugin']) {
    await mkdir(join(directory, name), { recursive: true, mode: 0o700 })
  }
  for (const script of ['arrival_hook.py', 'called_ae_title.lua']) {
    await copyFile(join(projectRoot, 'orthanc', script), join(directory, 'plugin', script))
  }

  const plugin = hook ? pythonPlugin() : null
  if (hook && plugin === null)
    throw new Error("Orthanc's Python plugin (package orthanc-python) is not installed")
  return orthancConfiguration({
    ...rest,
    storageDirectory: join(folder, 'storage'),
    temporaryDirectory: join(folder, 'temporary'),
    hook:
      plugin === null
        ? null
        : {
            pythonPlugin: plugin,
            scriptsDirectory: join(folder, 'plugin'),
            spoolDirectory: join(folder, 'spool'),
          },
  })
}
