import { randomBytes } from 'node:crypto'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed/temporary-folder'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLocalMasterKey } from './local-master-key.ts'
import { KeyUnusable } from './object-errors.ts'
import { openMasterKeys } from './open-master-keys.ts'

let folder: TemporaryFolder
let path: string
beforeEach(async () => {
  folder = await temporaryFolder('master-key')
  path = join(folder.path, 'master-key')
})
afterEach(() => folder.remove())

const key = randomBytes(32)
const { id } = createLocalMasterKey(key)

test('a key of the environment or of a file that this user alone can read is taken', async () => {
  expect((await openMasterKeys({ MASTER_KEY: ` ${key.toString('base64')}\n` }))[0].id).toEqual(id)
  for (const mode of [0o600, 0o400]) {
    await writeFile(path, `${key.toString('base64')}\n`)
    await chmod(path, mode)
    expect((await openMasterKeys({ MASTER_KEY_FILE: path }))[0].id).toEqual(id)
    await chmod(path, 0o600)
  }
})

test('a file that others can read is refused', async () => {
  await writeFile(path, key.toString('base64'))
  for (const mode of [0o640, 0o604, 0o620, 0o644]) {
    await chmod(path, mode)
    await expect(openMasterKeys({ MASTER_KEY_FILE: path })).rejects.toThrow(KeyUnusable)
  }
})

test('a key is 32 bytes in base64 and nothing else, wherever it comes from', async () => {
  const refused = [
    'not a key',
    key.toString('hex'),
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    `${key.toString('base64')}!`,
    key.toString('base64').replace('=', ''),
  ]
  for (const text of refused) {
    await expect(openMasterKeys({ MASTER_KEY: text })).rejects.toThrow(KeyUnusable)
    await writeFile(path, text, { mode: 0o600 })
    await expect(openMasterKeys({ MASTER_KEY_FILE: path })).rejects.toThrow(KeyUnusable)
  }
})

test('where there is no key, none is made', async () => {
  await expect(openMasterKeys({ MASTER_KEY_FILE: path })).rejects.toThrow(KeyUnusable)
  await expect(openMasterKeys({})).rejects.toThrow(KeyUnusable)
  expect(await readdir(folder.path)).toEqual([])
  await writeFile(path, '', { mode: 0o600 })
  await expect(openMasterKeys({ MASTER_KEY_FILE: path })).rejects.toThrow(KeyUnusable)
})

test('the key before stands second', async () => {
  const previous = randomBytes(32)
  await writeFile(path, previous.toString('base64'), { mode: 0o600 })
  const keys = await openMasterKeys({ MASTER_KEY: key.toString('base64'), MASTER_KEY_PREVIOUS_FILE: path })
  expect(keys.map((one) => one.id)).toEqual([id, createLocalMasterKey(previous).id])
})
