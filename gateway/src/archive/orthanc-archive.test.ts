import { createHash } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { corpusPath, freePort, startOrthanc, storescu, temporaryFolder } from '@bitewing/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ArchiveAway, ArchiveRefused } from './archive-errors.ts'
import { createOrthancArchive } from './orthanc-archive.ts'

const orthanc = await startOrthanc()
const archive = createOrthancArchive({ url: orthanc.urlWithCredentials, timeoutMs: 20_000 })
const folder = await temporaryFolder('archive')
afterAll(async () => {
  await archive.close()
  await orthanc.stop()
  await folder.remove()
})

const sample = corpusPath('pixel-format/dx_image.dcm')

async function fileOf(path: string) {
  return { path, bytes: (await stat(path)).size }
}

async function written(name: string, content: Uint8Array) {
  const path = join(folder.path, name)
  await writeFile(path, content)
  return { path, bytes: content.byteLength }
}

async function readAll(orthancId: string) {
  const file = await archive.read(orthancId)
  if (file === null) return null
  return { bytes: file.bytes, content: await buffer(file.stream) }
}

describe('a file that is stored', () => {
  let orthancId: string
  beforeAll(async () => {
    const stored = await archive.store(await fileOf(sample))
    expect(stored.alreadyHeld).toBe(false)
    orthancId = stored.orthancId
  })

  test('comes back byte for byte, with its length and MD5', async () => {
    const original = await readFile(sample)
    const back = await readAll(orthancId)
    expect(back?.bytes).toBe(original.length)
    expect(await archive.bytes(orthancId)).toBe(original.length)
    expect(back?.content.equals(original)).toBe(true)
    expect(await archive.md5(orthancId)).toBe(createHash('md5').update(original).digest('hex'))
  })

  test('is not replaced by other bytes with the same identifiers, and the answer says so', async () => {
    const original = await readFile(sample)
    const other = Buffer.from(original)
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 0xff
    expect(await archive.store(await written('other.dcm', other))).toEqual({ orthancId, alreadyHeld: true })
    expect(await archive.md5(orthancId)).toBe(createHash('md5').update(original).digest('hex'))
  })

  test('is told apart from a C-STORE, whose AE titles and address are known', async () => {
    expect(await archive.instanceOrigin(orthancId)).toMatchObject({ origin: 'RestApi', calledAeTitle: '' })

    const before = await archive.lastChange()
    const files = [corpusPath('charset/chrFren.dcm')]
    await storescu({
      dicomPort: orthanc.dicomPort,
      calledAeTitle: 'CLINIC A',
      callingAeTitle: 'PANO-1',
      files,
    })
    const { changes } = await archive.changes(before, 100)
    const arrival = changes.find(({ kind }) => kind === 'NewInstance')
    const { receivedAt, ...origin } = (await archive.instanceOrigin(arrival?.orthancId ?? '')) ?? {}
    expect(Math.abs((receivedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(3_600_000) // and not a time zone off
    expect(origin).toEqual({
      origin: 'DicomProtocol',
      calledAeTitle: 'CLINIC A',
      remoteAeTitle: 'PANO-1',
      remoteAddress: '127.0.0.1',
      transferSyntaxUid: '1.2.840.10008.1.2.1',
    })
  })

  test('is gone after its removal, which can be repeated', async () => {
    await archive.remove(orthancId)
    await archive.remove(orthancId)
    expect(await readAll(orthancId)).toBeNull()
    expect(await archive.md5(orthancId)).toBeNull()
    expect(await archive.bytes(orthancId)).toBeNull()
    expect(await archive.instanceOrigin(orthancId)).toBeNull()
  })
})

test('the changes feed is read page by page without a gap', async () => {
  const whole = await archive.changes(0, 1000)
  expect(whole.done).toBe(true)
  expect(whole.last).toBe(await archive.lastChange())

  const pages = []
  for (let since = 0; ;) {
    const page = await archive.changes(since, 2)
    pages.push(...page.changes)
    since = page.last
    if (page.done) break
  }
  expect(pages).toEqual(whole.changes)
  expect(await archive.changes(whole.last, 10)).toEqual({ changes: [], last: whole.last, done: true })
})

describe('what Orthanc will never take is refused', () => {
  test.each([
    ['text', Buffer.from('this is not DICOM, whatever its name says')],
    ['nothing', Buffer.alloc(0)],
  ])('%s', async (name, content) => {
    await expect(archive.store(await written(name, content))).rejects.toThrow(ArchiveRefused)
  })

  // Orthanc unpacks what begins as a ZIP: instances nobody checked would come in.
  test('a DICOM file whose preamble begins as a ZIP archive', async () => {
    const before = await archive.lastChange()
    const disguised = await readFile(sample)
    disguised.write('PK\x03\x04', 0, 'latin1')
    await expect(archive.store(await written('zip.dcm', disguised))).rejects.toThrow(ArchiveRefused)
    expect(await archive.lastChange()).toBe(before)
  })

  test('a file without SOP Instance UID', async () => {
    const bare = await readFile(corpusPath('charset/chrFren.dcm'))
    // (0008,0018) of this file becomes an unknown even tag of the same group
    const at = bare.indexOf(Buffer.from([0x08, 0x00, 0x18, 0x00]))
    bare[at + 2] = 0x19
    await expect(archive.store(await written('no-uid.dcm', bare))).rejects.toThrow(ArchiveRefused)
  })
})

test('a spool file that vanished is our error and not the archive’s', async () => {
  await expect(archive.store({ path: join(folder.path, 'missing'), bytes: 10 })).rejects.toThrow('ENOENT')
})

test('many files at once arrive and come back whole', async () => {
  const original = await readFile(sample)
  const uidAt = original.lastIndexOf(Buffer.from([0x08, 0x00, 0x18, 0x00])) + 8
  const length = original.readUInt16LE(uidAt - 2)
  const files = await Promise.all(
    Array.from({ length: 24 }, (_, index) => {
      const copy = Buffer.from(original)
      copy.write(`9.${index + 100}`.padEnd(length, '1'), uidAt, 'latin1')
      return written(`many-${index}.dcm`, copy)
    }),
  )
  const stored = await Promise.all(files.map((file) => archive.store(file)))
  expect(new Set(stored.map(({ orthancId }) => orthancId)).size).toBe(files.length)
  for (const [index, { orthancId }] of stored.entries()) {
    const back = await readAll(orthancId)
    expect(back?.content.equals(await readFile(files[index]?.path ?? ''))).toBe(true)
  }
})

test('a file lost from Orthanc’s disk reads as not held', async () => {
  const { orthancId } = await archive.store(await fileOf(sample))
  await orthanc.pause()
  for (const entry of Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))) {
    await rm(join(orthanc.directory, 'storage', entry), { recursive: true, force: true })
  }
  await orthanc.restart()
  expect(await readAll(orthancId)).toBeNull()
})

describe('an archive that is away says so', () => {
  test('when nothing listens', async () => {
    const nobody = createOrthancArchive({ url: `http://u:p@127.0.0.1:${await freePort()}` })
    await expect(nobody.check()).rejects.toThrow(ArchiveAway)
    await expect(nobody.store(await fileOf(sample))).rejects.toThrow(ArchiveAway)
    await expect(nobody.read('x')).rejects.toThrow(ArchiveAway)
    await nobody.close()
  })

  test('when it does not answer in time', async () => {
    const silent = createServer((socket) => socket.resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo // a TCP server
    const hanging = createOrthancArchive({ url: `http://u:p@127.0.0.1:${port}`, timeoutMs: 300 })
    await expect(hanging.check()).rejects.toThrow(ArchiveAway)
    await hanging.close()
    await new Promise((resolve) => silent.close(resolve))
  })

  test('when it breaks off in the middle of a file', async () => {
    const cut = createServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nonly this')
        setTimeout(() => socket.destroy(), 50)
      })
    })
    await new Promise<void>((resolve) => cut.listen(0, '127.0.0.1', resolve))
    const { port } = cut.address() as AddressInfo // a TCP server
    const breaking = createOrthancArchive({ url: `http://u:p@127.0.0.1:${port}` })
    const file = await breaking.read('x')
    await expect(buffer(file?.stream ?? Readable.from([]))).rejects.toThrow(ArchiveAway)
    const unread = await breaking.read('x')
    unread?.stream.destroy() // must not end the process
    await breaking.close()
    await new Promise((resolve) => cut.close(resolve))
  })

  test('when the password is wrong, without repeating it', async () => {
    const url = orthanc.urlWithCredentials.replace(orthanc.password, 'not-the-password')
    const stranger = createOrthancArchive({ url })
    const error: unknown = await stranger.check().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ArchiveAway)
    expect(String(error)).not.toContain('not-the-password')
    await stranger.close()
  })

  test('when it was killed, and works again once it is back', async () => {
    await orthanc.kill()
    await expect(archive.store(await fileOf(sample))).rejects.toThrow(ArchiveAway)
    await orthanc.restart()
    await archive.check()
  })

  test('while the idle connection was closed under us it simply asks again', async () => {
    await archive.check()
    await orthanc.pause()
    await orthanc.restart()
    await archive.check()
  })
})
