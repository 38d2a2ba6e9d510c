import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { takeFileLock, type FileLock } from './machine/file-lock.ts'

/** Names that `buildWeb` gives. What was built by hand is not ours to remove. */
const ourBuild = /^([0-9a-f]{20}|unfinished)$/
/** What this process has marked. Kept here, since a lock that nobody refers to any more is released. */
const marks: (FileLock | null)[] = []
/** Names of lock files: the build's, and the process that serves from it. */
const usePattern = /^([^.]+)\.(\d+)$/

/**
 * Marks a build as used by this process, for as long as it lives, and removes every build that no living process
 * has marked. Callers hold the lock of the builds, so that none is marked while it is being removed.
 *
 * @param builds  absolute path of the folder of all builds
 * @param current name of the build that this process is going to serve
 */
export async function keepCurrentBuilds(builds: string, current: string): Promise<void> {
  const uses = join(builds, '.in-use')
  await mkdir(uses, { recursive: true })
  // never released: the kernel does it when this process ends, however that dies
  marks.push(await takeFileLock(join(uses, `${current}.${process.pid}`)))

  const inUse = new Set([current])
  for (const file of await readdir(uses)) {
    const [, build, pid] = usePattern.exec(file) ?? []
    if (build === undefined || Number(pid) === process.pid) continue
    const lock = await takeFileLock(join(uses, file))
    if (lock === null) {
      inUse.add(build)
      continue
    }
    lock.release()
    await rm(join(uses, file), { force: true })
  }
  for (const name of await readdir(builds)) {
    if (ourBuild.test(name) && !inUse.has(name))
      await rm(join(builds, name), { recursive: true, force: true })
  }
}
