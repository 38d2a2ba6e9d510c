import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readSync, statfsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { createQuickDisk, quickDiskOf, type QuickDisk } from './quick-disk.ts'

const ext4 = 0xef53
let [at, reads] = [0, 0]
let disk: QuickDisk
let nextTurn: () => void

beforeEach(() => {
  ;[at, reads] = [0, 0]
  nextTurn = () => {}
  disk = createQuickDisk(ext4, {
    now: () => at,
    diskReads: () => reads,
    nextTurn: (callback) => (nextTurn = callback),
  })
})

/** A call that takes so long, and for which the disk is asked or not. */
function take(ms: number, from: 'disk' | 'memory' = 'memory'): void {
  disk.call(() => {
    at += ms
    if (from === 'disk') reads += 1
  })
  nextTurn()
}

test('one turn of the event loop waits for a millisecond, not more; the next one again', () => {
  const read = () => disk.call(() => (at += 0.25))
  read()
  read()
  read()
  expect(disk.isQuick()).toBe(true)
  read()
  expect(disk.isQuick()).toBe(false)
  nextTurn()
  expect(disk.isQuick()).toBe(true)
})

test.each([
  ['ext4', 0xef53, true],
  ['XFS', 0x58465342, true],
  ['tmpfs', 0x01021994, true],
  ['ZFS, which does not tell who waited for it', 0x2fc12fc1, false],
  ['NFS', 0x6969, false],
  ['SMB 2', 0xfe534d42, false],
  ['CIFS', 0xff534d42, false],
  ['FUSE', 0x65735546, false],
  ['9p', 0x01021997, false],
  ['of an unknown kind', 0x1234, false],
])('a file system of this machine alone is waited for: %s', (_name, type, isQuick) => {
  expect(createQuickDisk(type).isQuick()).toBe(isQuick)
})

test('what a call gives or throws passes', () => {
  expect(disk.call(() => 42)).toBe(42)
  expect(() =>
    disk.call(() => {
      throw new Error('ENOENT')
    }),
  ).toThrow('ENOENT')
})

test('calls that read from memory leave it quick, however often', () => {
  for (let index = 0; index < 1000; index++) take(0.1)
  expect(disk.isQuick()).toBe(true)
})

test('a process that others kept waiting has not waited for its disk', () => {
  take(4)
  expect(disk.isQuick()).toBe(true)
})

test('after a call that waited for the disk the pool has a quarter of a second', () => {
  take(1, 'disk')
  expect(disk.isQuick()).toBe(false)
  at += 249
  expect(disk.isQuick()).toBe(false)
  at += 1
  expect(disk.isQuick()).toBe(true)
})

test('what others of the process read from the disk before is not held against a call', () => {
  take(0.1)
  reads += 100
  take(4)
  expect(disk.isQuick()).toBe(true)
})

test('a disk that does not tell what it read counts as slow after 25 ms', () => {
  take(25)
  expect(disk.isQuick()).toBe(false)
})

test('one that throws was a call too', () => {
  expect(() =>
    disk.call(() => {
      at += 30
      throw new Error('EIO')
    }),
  ).toThrow('EIO')
  expect(disk.isQuick()).toBe(false)
})

test('a disk that stays slow is tried ever more seldom, every ten seconds at least', () => {
  const pauses = Array.from({ length: 8 }, () => {
    take(1, 'disk')
    const from = at
    while (!disk.isQuick()) at += 50
    return at - from
  })
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
})

test('a disk that was slow and has become quick has its next pause shorter again', () => {
  take(1, 'disk')
  at += 250
  take(1, 'disk')
  at += 500 // the next one would be a second
  for (let index = 0; index < 128; index++) take(0.1)
  take(1, 'disk')
  at += 250
  expect(disk.isQuick()).toBe(true)
})

// tmpfs has no disk, overlayfs no cache of its own to be emptied
test.runIf(statfsSync(tmpdir()).type === ext4)(
  'a file that is not in memory is seen to come from the disk',
  async () => {
    const folder = await temporaryFolder('quick-disk')
    onTestFinished(() => folder.remove())
    const file = join(folder.path, 'file')
    const bytes = Buffer.alloc(4 * 1024 * 1024, 1)
    await writeFile(file, bytes, { flush: true })
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'])

    const real = await quickDiskOf(folder.path)
    const descriptor = openSync(file, 'r')
    real.call(() => readSync(descriptor, bytes, 0, bytes.length, 0))
    closeSync(descriptor)
    await new Promise((resolve) => setImmediate(resolve)) // the turn of the event loop is not what ends it
    expect(real.isQuick()).toBe(false)
  },
)
