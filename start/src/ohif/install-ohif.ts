import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { ohifRelease } from './ohif-release.ts'
import { precompress } from './precompress.ts'
import { rewriteRelease } from './rewrite-release.ts'
import { viewerPage, viewerStartScript } from './viewer-page.ts'

const run = promisify(execFile)

/** Of the folders beside the target in which a release is made ready. */
const stagingPrefix = '.ohif-'

type Options = { log?: (line: string) => void }

/**
 * Puts the prebuilt OHIF viewer, made ready for `/viewer`, into a folder: the page `index.html` and,
 * under the release's name, its files with a Brotli and a gzip copy of each that shrinks.
 *
 * A folder that is there is complete and left alone (a few milliseconds, no network); otherwise the
 * package archive is fetched by npm, checked against the pinned digest, rewritten beside the folder
 * and renamed into place, so that a start that is killed half-way leaves nothing half-made behind.
 * The archive alone is fetched, since the dependencies that the package declares do not resolve.
 *
 * @param targetDir folder to fill, whose parent is made when missing; name it for `ohifRelease.name`
 * @throws {Error} when npm cannot fetch, when the digest differs, or when the release is not written
 *   as the rewriting expects
 */
export async function installOhif(targetDir: string, { log = () => {} }: Options = {}): Promise<void> {
  const target = path.resolve(targetDir)
  if (await isInstalled(target)) return

  const parent = path.dirname(target)
  await mkdir(parent, { recursive: true })
  await removeAbandoned(parent)
  const staging = await mkdtemp(path.join(parent, stagingPrefix))
  try {
    log(`Fetching the OHIF viewer ${ohifRelease.version} (50 MB)`)
    const archive = await fetchArchive(staging)

    log('Preparing the OHIF viewer')
    const packageDir = path.join(staging, 'package')
    await unpack(archive, staging)
    const prepared = path.join(staging, 'prepared')
    await prepareFiles(packageDir, prepared)
    const files = await precompress(path.join(prepared, ohifRelease.name))

    await putInPlace(prepared, target, staging)
    log(`The OHIF viewer is ready (${files} files)`)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** The page is named after its release and arrives by one rename with everything else. */
async function isInstalled(target: string): Promise<boolean> {
  try {
    const page = await readFile(path.join(target, 'index.html'), 'utf8')
    return page.includes(ohifRelease.assetsPath)
  } catch {
    return false
  }
}

/** @returns path of the archive, whose digest is the pinned one */
async function fetchArchive(folder: string): Promise<string> {
  const { packageName, version, integrity } = ohifRelease
  const args = ['pack', `${packageName}@${version}`, '--ignore-scripts', '--prefer-offline', '--json']
  const { stdout } = await run('npm', [...args, '--pack-destination', folder], {
    cwd: folder,
    maxBuffer: 2 ** 24,
  })
  const name = /"filename":\s*"([^"/\\]+\.tgz)"/.exec(stdout)?.[1]
  if (name === undefined) throw new Error(`npm pack named no archive for ${packageName}@${version}`)

  const archive = path.join(folder, name)
  const hash = createHash('sha512')
  await pipeline(createReadStream(archive), hash)
  const digest = `sha512-${hash.digest('base64')}`
  if (digest !== integrity)
    throw new Error(`${packageName}@${version} has the digest ${digest}, not the pinned one`)
  return archive
}

/** Leaves out what {@link isServed} would refuse anyway and takes three quarters of the room. */
async function unpack(archive: string, folder: string): Promise<void> {
  await run('tar', ['-xzf', archive, '-C', folder, '--exclude=*.map', '--exclude=package/dist/ort'])
}

/**
 * The files of OHIF's dist that are served: bundles, chunks of style, codecs, fonts and the preset
 * pictures. Everything else stays out by not being named: service workers, manifests, the sign-in
 * pages of other systems, the whole-slide viewer, AI runtimes (which load models from elsewhere).
 */
function isServed(file: string): boolean {
  return (
    /^[\w-]+\.bundle\.[0-9a-f]{16}\.js$/.test(file) ||
    /^(\d+|app\.bundle)\.css$/.test(file) ||
    /^[0-9a-f]{16}\.(wasm|woff2)$/.test(file) ||
    /^assets\/images\/[\w-]+\.png$/.test(file)
  )
}

async function prepareFiles(packageDir: string, prepared: string): Promise<void> {
  const dist = path.join(packageDir, 'dist')
  const assets = path.join(prepared, ohifRelease.name)
  await mkdir(path.join(assets, 'assets/images'), { recursive: true })

  const names = (await readdir(dist, { recursive: true })).filter(isServed)
  const texts = new Map<string, string>()
  for (const name of names) {
    if (/\.(js|css)$/.test(name)) texts.set(name, await readFile(path.join(dist, name), 'utf8'))
    else await copyFile(path.join(dist, name), path.join(assets, name))
  }
  for (const [name, text] of rewriteRelease(texts)) await writeFile(path.join(assets, name), text)

  await writeFile(path.join(assets, 'viewer-start.js'), viewerStartScript)
  await copyFile(path.join(packageDir, 'LICENSE'), path.join(assets, 'LICENSE.txt'))
  const page = viewerPage(await readFile(path.join(dist, 'index.html'), 'utf8'))
  const entry = /app\.bundle\.[0-9a-f]+\.js/.exec(page)?.[0]
  if (entry === undefined || !texts.has(entry))
    throw new Error('OHIF has changed: its page names no bundle we have')
  await writeFile(path.join(prepared, 'index.html'), page)
}

/** By renaming alone, so that two starts at once leave one whole copy, whoever comes first. */
async function putInPlace(prepared: string, target: string, staging: string): Promise<void> {
  try {
    await rename(prepared, target)
  } catch (error) {
    if (await isInstalled(target)) return
    // Something else lies there: an older try, or a folder made by hand.
    await rename(target, path.join(staging, 'replaced')).catch(() => {
      throw error
    })
    await rename(prepared, target)
  }
}

/** A start that was killed while it installed leaves its folder behind. */
async function removeAbandoned(parent: string): Promise<void> {
  const oneHourAgo = Date.now() - 3_600_000
  for (const name of await readdir(parent)) {
    const folder = path.join(parent, name)
    if (!name.startsWith(stagingPrefix) || (await stat(folder)).mtimeMs > oneHourAgo) continue
    await rm(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const [targetDir] = process.argv.slice(2)
  if (targetDir === undefined) {
    console.error('Usage: node start/src/ohif/install-ohif.ts DIR')
    process.exitCode = 2
  } else {
    await installOhif(targetDir, { log: console.log })
  }
}
