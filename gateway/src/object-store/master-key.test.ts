import { randomBytes } from 'node:crypto'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed/temporary-folder'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadOrCreateMasterKey, parseMasterKey } from './master-key.ts'
import { KeyUnusable } from './object-errors.ts'

let folder: TemporaryFolder
let path: string
beforeEach(async () => {
  folder = await temporaryFolder('master-key')
  path = join(folder.path, 'master.key')
})
afterEach(() => folder.remove())

test('a key is made once, readable by this user alone, and is the same ever after', async () => {
  const key = await loadOrCreateMasterKey(path)
  expect(key.length).toBe(32)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await loadOrCreateMasterKey(path)).toEqual(key)
  expect(parseMasterKey(await readFile(path, 'utf8'))).toEqual(key)
})

test('processes that start at once agree on one key, and leave nothing else behind', async () => {
  const keys = await Promise.all(Array.from({ length: 16 }, () => loadOrCreateMasterKey(path)))
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
  expect(await readdir(folder.path)).toEqual(['master.key'])
})

test('a file that others can read, or that holds no key, is refused and never replaced', async () => {
  await loadOrCreateMasterKey(path)
  await chmod(path, 0o640)
  await expect(loadOrCreateMasterKey(path)).rejects.toThrow(KeyUnusable)

  await chmod(path, 0o600)
  for (const content of ['', 'not a key', randomBytes(31).toString('base64')]) {
    await writeFile(path, content)
    await expect(loadOrCreateMasterKey(path)).rejects.toThrow(KeyUnusable)
    expect(await readFile(path, 'utf8')).toBe(content)
  }
})

test('a configured key is 32 bytes in base64 and nothing else', () => {
  const key = randomBytes(32)
  expect(parseMasterKey(` ${key.toString('base64')}\n`)).toEqual(key)
  const refused = ['', key.toString('hex'), randomBytes(33).toString('base64'), `${key.toString('base64')}!`]
  for (const text of refused) expect(() => parseMasterKey(text)).toThrow(KeyUnusable)
})
