import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed/temporary-folder'
import { installOhif } from './install-ohif.ts'
import { ohifRelease } from './ohif-release.ts'

let folder: TemporaryFolder
let target: string
const progress: string[] = []

// The real package, from the registry or npm's cache.
beforeAll(async () => {
  folder = await temporaryFolder('ohif')
  target = path.join(folder.path, ohifRelease.name)
  const abandoned = path.join(folder.path, '.ohif-abandoned')
  await mkdir(abandoned)
  await utimes(abandoned, 0, 0)
  await mkdir(target)
  await writeFile(path.join(target, 'index.html'), 'of another release')
  await installOhif(target, { log: (line) => progress.push(line) })
}, 300_000)

afterAll(() => folder.remove())

test('everything that the page names is there', async () => {
  const page = await readFile(path.join(target, 'index.html'), 'utf8')
  const names = [...page.matchAll(/(?:src|href)="\/viewer\/([^"]+)"/g)].map(([, name]) => name ?? '')

  const files = names.filter((name) => name !== 'app-config.js') // the gateway's own
  expect(files).toHaveLength(3)
  for (const file of files) expect((await stat(path.join(target, file))).size).toBeGreaterThan(0)
})

test('nothing is installed that works on the whole origin or calls other hosts', async () => {
  const names = await readdir(target, { recursive: true })

  expect(
    names.filter((name) => /service-worker|sw\.js|manifest|silent-refresh|oidc|google|\/ort\//.test(name)),
  ).toEqual([])
  expect(names.filter((name) => name.endsWith('.map'))).toEqual([])
})

test('the compressed copies hold the same bytes', async () => {
  const assets = path.join(target, ohifRelease.name)
  for (const name of ['app.bundle.css', '0ddf166f7a343eda.wasm']) {
    const bytes = await readFile(path.join(assets, name))
    expect(brotliDecompressSync(await readFile(path.join(assets, `${name}.br`))).equals(bytes)).toBe(true)
    expect(gunzipSync(await readFile(path.join(assets, `${name}.gz`))).equals(bytes)).toBe(true)
  }
})

test('the install says what it does and leaves nothing but the viewer behind', async () => {
  expect(progress[0]).toContain('Fetching the OHIF viewer')
  expect(await readdir(folder.path)).toEqual([ohifRelease.name])
})

test('a second start needs neither npm nor network', async () => {
  const searchPath = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  try {
    await installOhif(target, { log: (line) => progress.push(line) })
    await rm(path.join(target, 'index.html'))
    await expect(installOhif(target)).rejects.toThrow() // it would need npm now
  } finally {
    process.env['PATH'] = searchPath
  }
})
