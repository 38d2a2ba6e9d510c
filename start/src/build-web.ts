import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { childEnvironment } from './child-environment.ts'
import { keepCurrentBuilds } from './keep-current-builds.ts'
import { waitForFileLock } from './machine/file-lock.ts'
import { runTool } from './processes/run-tool.ts'
import { projectRoot } from './project-root.ts'

type Options = { say: (line: string) => void; signal?: AbortSignal }

const triesMax = 3

/**
 * Builds the web app when its sources have changed since the last build; some milliseconds when they have not.
 *
 * Each build lies in a folder of its own, named by the digest of its sources: what a running server serves is never
 * replaced under it. Builds that no running process uses are removed.
 *
 * @returns the name of the build's folder below `web/build`, kept for as long as this process lives
 */
export async function buildWeb({ say, signal }: Options): Promise<string> {
  const web = join(projectRoot, 'web')
  const builds = join(web, 'build')
  const cache = join(projectRoot, '.cache')
  await mkdir(cache, { recursive: true })
  const lock = await waitForFileLock(join(cache, 'web-build.lock')) // two starts may share a checkout
  try {
    await mkdir(builds, { recursive: true })
    let name = await digestOfSources()
    for (let tries = 1; !(await readdir(builds)).includes(name); tries++) {
      say('Building the web app (after its sources changed; half a minute)')
      const unfinished = join(builds, 'unfinished')
      await runTool({
        name: 'The build of the web app',
        command: process.execPath,
        args: [join(projectRoot, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
        cwd: web,
        env: { ...childEnvironment(process.env), WEB_BUILD: 'unfinished', WEB_VERSION: name },
        signal,
      })
      // sources that were saved meanwhile may be in it or not: the name would lie
      const after = await digestOfSources()
      if (after === name || tries >= triesMax) await rename(unfinished, join(builds, name))
      else name = after
    }
    await keepCurrentBuilds(builds, name)
    return name
  } finally {
    lock.release()
  }
}

/** Of everything a build reads: the app, what it has in it of others, and the versions of all packages. */
async function digestOfSources(): Promise<string> {
  const hash = createHash('sha256')
  const files = [join(projectRoot, 'package-lock.json')]
  await collect(join(projectRoot, 'web'), files)
  await collect(join(projectRoot, 'models'), files)
  for (const file of files.sort()) {
    hash
      .update(`${relative(projectRoot, file)}\0`)
      .update(await readFile(file))
      .update('\0')
  }
  return hash.digest('hex').slice(0, 20)
}

const notSources = new Set(['node_modules', 'build', '.svelte-kit', 'paraglide'])

async function collect(folder: string, files: string[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !notSources.has(entry.name)) await collect(path, files)
    if (entry.isFile() && !/\.test\.ts$/.test(entry.name)) files.push(path)
  }
}
