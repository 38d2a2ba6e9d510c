import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { childEnvironment } from './child-environment.ts'
import { waitForFileLock } from './machine/file-lock.ts'
import { runTool } from './processes/run-tool.ts'
import { projectRoot } from './project-root.ts'

type Options = { say: (line: string) => void; signal?: AbortSignal }

/** Builds the web app when its sources have changed since the last build; some milliseconds when they have not. */
export async function buildWeb({ say, signal }: Options): Promise<void> {
  const cache = join(projectRoot, '.cache')
  const stamp = join(projectRoot, 'web', 'build', '.sources')
  await mkdir(cache, { recursive: true })
  const lock = await waitForFileLock(join(cache, 'web-build.lock')) // two starts may share a checkout
  try {
    const sources = await digestOfSources()
    if ((await readFile(stamp, 'utf8').catch(() => '')) === sources) return

    say('Building the web app (after its sources changed; half a minute)')
    await rm(stamp, { force: true })
    await runTool({
      name: 'The build of the web app',
      command: process.execPath,
      args: [join(projectRoot, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
      cwd: join(projectRoot, 'web'),
      env: childEnvironment(process.env),
      signal,
    })
    await writeFile(stamp, sources)
  } finally {
    lock.release()
  }
}

/** Of everything a build reads: the app, the database package it carries, and the versions of all packages. */
async function digestOfSources(): Promise<string> {
  const hash = createHash('sha256')
  const files = [join(projectRoot, 'package-lock.json')]
  for (const folder of ['web', 'db']) await collect(join(projectRoot, folder), files)
  for (const file of files.sort()) {
    hash
      .update(`${relative(projectRoot, file)}\0`)
      .update(await readFile(file))
      .update('\0')
  }
  return hash.digest('hex')
}

const notSources = new Set(['node_modules', 'build', '.svelte-kit', 'paraglide', 'migrations'])

async function collect(folder: string, files: string[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !notSources.has(entry.name)) await collect(path, files)
    if (entry.isFile() && !/\.test\.ts$/.test(entry.name)) files.push(path)
  }
}
