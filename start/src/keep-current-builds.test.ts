import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import { expect, test } from 'vitest'
import { keepCurrentBuilds } from './keep-current-builds.ts'

const [current, serving, old] = ['a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20)]

async function builds(...names: string[]) {
  const folder = await temporaryFolder('builds')
  for (const name of names) {
    await mkdir(join(folder.path, name))
    await writeFile(join(folder.path, name, 'index.js'), '')
  }
  const left = async () => (await readdir(folder.path)).filter((name) => name !== '.in-use').sort()
  return { ...folder, left }
}

// `app` is what `npm run build` makes by hand
test('the build that a running process serves stays until that process has ended', async () => {
  const folder = await builds(current, serving, old, 'unfinished', 'app')
  const file = JSON.stringify(join(import.meta.dirname, 'keep-current-builds.ts'))
  const server = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { keepCurrentBuilds } = await import(${file})
     await keepCurrentBuilds(${JSON.stringify(folder.path)}, '${serving}')
     process.stdout.write('marked')
     setInterval(() => {}, 1000)`,
  ])
  await once(server.stdout, 'data')
  expect(await folder.left()).toEqual(['app', serving].sort())

  await mkdir(join(folder.path, current))
  await mkdir(join(folder.path, 'unfinished'))
  await keepCurrentBuilds(folder.path, current)
  expect(await folder.left()).toEqual([current, 'app', serving].sort())

  server.kill('SIGKILL')
  await once(server, 'exit')
  await keepCurrentBuilds(folder.path, current)
  expect(await folder.left()).toEqual([current, 'app'].sort())
  await folder.remove()
})
