import { createHash } from 'node:crypto'
import { appendFile, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { corpusPath, dcmtk, startOrthanc, storescu, temporaryFolder } from '@bitewing/testbed'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createOrthancArchive } from '../gateway/src/archive/orthanc-archive.ts'
import { testDicomFile, type TestInstance } from './test-dicom-file.ts'

type Description = {
  origin: string
  calledAeTitle: string
  remoteAeTitle: string
  remoteAddress: string
  receivedAt: string
  bytes: number
  sha256: string
}

const orthanc = await startOrthanc({ plugin: true })
const archive = createOrthancArchive({ url: orthanc.urlWithCredentials })
const folder = await temporaryFolder('hook')
afterAll(async () => {
  await archive.close()
  await orthanc.stop()
  await folder.remove()
})

/** An Orthanc of which the hook says something more, in Python. */
function startWith(python: string) {
  return startOrthanc({
    plugin: true,
    prepare: (directory) => appendFile(join(directory, 'plugin', 'arrival_hook.py'), `\n${python}\n`),
  })
}

let files = 0
async function written(instance: TestInstance) {
  const path = join(folder.path, `${(files += 1)}.dcm`)
  await writeFile(path, testDicomFile(instance))
  return path
}

/** Sends files and returns what each C-STORE was answered, as DCMTK words it. */
async function send(calledAeTitle: string, callingAeTitle: string, paths: string[]) {
  return sendTo(orthanc.dicomPort, calledAeTitle, callingAeTitle, paths)
}

async function sendTo(dicomPort: number, calledAeTitle: string, callingAeTitle: string, paths: string[]) {
  const { code, stdout, stderr } = await storescu({
    dicomPort,
    calledAeTitle,
    callingAeTitle,
    files: paths,
    args: ['-v', '-nh'],
  })
  const told = stdout + stderr
  const statuses = [...told.matchAll(/Received Store Response \((.*)\)/g)].map(([, status]) => status)
  // an association that ends early says why only here
  if (statuses.length < paths.length) throw new Error(`storescu ended by ${code}: ${told.slice(-1500)}`)
  return statuses
}

/** The spool's entries; each is checked to be whole. */
async function spooled(spool = orthanc.spoolDirectory) {
  const names = (await readdir(spool)).filter((name) => name.endsWith('.json'))
  return Promise.all(
    names.map(async (name) => {
      const said = JSON.parse(await readFile(join(spool, name), 'utf8')) as Description // the hook's own
      const bytes = await readFile(join(spool, name.replace(/json$/, 'dcm')))
      expect(bytes.length).toBe(said.bytes)
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(said.sha256)
      return { ...said, data: bytes }
    }),
  )
}

async function emptySpool() {
  for (const name of await readdir(orthanc.spoolDirectory)) {
    if (name !== 'bell') await rm(join(orthanc.spoolDirectory, name), { recursive: true })
  }
}
afterEach(emptySpool)

/** Value of a short text element in bytes of Explicit VR Little Endian. */
function valueOf(data: Buffer, group: number, element: number): string {
  const tag = Buffer.alloc(4)
  tag.writeUInt16LE(group, 0)
  tag.writeUInt16LE(element, 2)
  const at = data.indexOf(tag, 132)
  return data.toString('latin1', at + 8, at + 8 + data.readUInt16LE(at + 6)).replace(/[ \0]+$/, '')
}

async function heldInstances(url = orthanc.urlWithCredentials) {
  const theArchive = createOrthancArchive({ url })
  const { changes } = await theArchive.changes(0, 100_000)
  const held = []
  for (const { kind, orthancId } of changes) {
    const file = kind === 'NewInstance' ? await theArchive.read(orthancId) : null
    if (file === null) continue
    held.push({ origin: await theArchive.instanceOrigin(orthancId), data: await buffer(file.stream) })
  }
  await theArchive.close()
  return held
}

describe('what the feed shows is not spooled', () => {
  test('a first arrival', async () => {
    const before = await archive.lastChange()
    expect(await send('ONE', 'DEV', [await written({ sopInstanceUid: '2.25.100' })])).toEqual(['Success'])
    expect(await spooled()).toEqual([])
    expect(await archive.lastChange()).toBeGreaterThan(before)
  })

  test('an upload over REST, even a repeated one', async () => {
    const path = await written({ sopInstanceUid: '2.25.101' })
    const file = { path, bytes: (await stat(path)).size }
    await archive.store(file)
    expect(await archive.store(file)).toMatchObject({ alreadyHeld: true })
    expect(await spooled()).toEqual([])
  })
})

describe('a C-STORE of identifiers that Orthanc holds is in the spool before the device has its answer', () => {
  test('with its own bytes, AE titles and address, and Orthanc keeps the first', async () => {
    const uid = '2.25.110'
    const first = await written({ sopInstanceUid: uid, institutionName: 'first' })
    const second = await written({ sopInstanceUid: uid, institutionName: 'second' })
    await send('CLINIC A', 'PANO', [first])
    const before = await archive.lastChange()
    expect(await send('CLINIC-B', 'CEPH', [second])).toEqual(['Success'])

    const [entry, ...others] = await spooled()
    expect(others).toEqual([])
    expect(entry).toMatchObject({
      origin: 'DicomProtocol',
      calledAeTitle: 'CLINIC-B',
      remoteAeTitle: 'CEPH',
      remoteAddress: '127.0.0.1',
    })
    expect(Date.parse(entry?.receivedAt ?? '')).not.toBeNaN()
    expect(valueOf(entry?.data ?? Buffer.alloc(0), 0x0008, 0x0080)).toBe('second')
    expect(await archive.lastChange()).toBe(before)
  })

  test('as a Part 10 file that DCMTK reads and finds equal to what was sent', async () => {
    const path = corpusPath('charset/chrFren.dcm')
    await send('CLINIC A', 'PANO', [path])
    await send('CLINIC A', 'PANO', [path])
    const [entry] = await spooled()
    const copy = join(folder.path, 'copy.dcm')
    await writeFile(copy, entry?.data ?? '')
    const dataSet = async (file: string) => {
      const { stdout } = await dcmtk('dcm2json', [file])
      const attributes = JSON.parse(stdout) as Record<string, unknown> // PS3.18 Annex F
      return attributes
    }
    expect(await dataSet(copy)).toEqual(await dataSet(path))
  })

  test('also when the first came over REST', async () => {
    const path = await written({ sopInstanceUid: '2.25.111', institutionName: 'by REST' })
    await archive.store({ path, bytes: (await stat(path)).size })
    await send('CLINIC-B', 'CEPH', [
      await written({ sopInstanceUid: '2.25.111', institutionName: 'by C-STORE' }),
    ])
    const entries = await spooled()
    expect(entries.map(({ data }) => valueOf(data, 0x0008, 0x0080))).toEqual(['by C-STORE'])
  })

  test('also when the other has another patient and study: too much is harmless, too little is not', async () => {
    await send('CLINIC-B', 'CEPH', [await written({ sopInstanceUid: '2.25.112', patientId: 'P1' })])
    await send('CLINIC-B', 'CEPH', [await written({ sopInstanceUid: '2.25.112', patientId: 'P2' })])
    await send('CLINIC-B', 'CEPH', [await written({ sopInstanceUid: '2.25.112', patientId: 'P1' })])
    expect(await spooled()).toHaveLength(2)
  })
})

describe('a spool that cannot take it', () => {
  const uid = '2.25.120'
  beforeAll(async () => {
    await send('ONE', 'DEV', [await written({ sopInstanceUid: uid })])
  })

  test('refuses the duplicate, so that the device keeps it and can send it again', async () => {
    const away = `${orthanc.spoolDirectory}-away`
    await rename(orthanc.spoolDirectory, away)
    const duplicate = await written({ sopInstanceUid: uid, institutionName: 'again' })
    const refused = await send('TWO', 'DEV', [duplicate])
    await rename(away, orthanc.spoolDirectory)
    expect(refused).toEqual(['Refused: OutOfResources'])
    expect(await spooled()).toEqual([])

    expect(await send('TWO', 'DEV', [duplicate])).toEqual(['Success'])
    expect(await spooled()).toHaveLength(1)
  })
})

test('with too little room on disk every C-STORE is refused and nothing is kept', async () => {
  const full = await startWith('free_bytes_min = 2 ** 60')
  try {
    const path = await written({ sopInstanceUid: '2.25.130' })
    expect(await sendTo(full.dicomPort, 'ONE', 'DEV', [path])).toEqual(['Refused: OutOfResources'])
    const other = createOrthancArchive({ url: full.urlWithCredentials })
    expect(await other.lastChange()).toBe(0)
    await other.close()
  } finally {
    await full.stop()
  }
})

test('a start removes what a crash left half-written, and keeps every whole entry', async () => {
  const uid = '2.25.140'
  const path = await written({ sopInstanceUid: uid })
  await send('ONE', 'DEV', [path])
  await send('TWO', 'DEV', [path])
  const whole = await readdir(orthanc.spoolDirectory)
  await writeFile(join(orthanc.spoolDirectory, 'half.dcm'), 'no description: the device was not answered')
  await writeFile(join(orthanc.spoolDirectory, 'torn.dcm.tmp'), 'not even whole')
  await orthanc.kill()
  await orthanc.restart()
  expect((await readdir(orthanc.spoolDirectory)).sort()).toEqual(whole.sort())
})

test('each C-STORE rings the bell', async () => {
  const bell = join(orthanc.spoolDirectory, 'bell')
  const before = (await stat(bell)).mtimeMs
  await send('ONE', 'DEV', [await written({ sopInstanceUid: '2.25.150' })])
  expect((await stat(bell)).mtimeMs).toBeGreaterThan(before)
})

// Orthanc fills Lua's stack without asking for room: before it was made large, depth 12 hung Orthanc for good.
test('sequences nested deeply do Orthanc no harm', async () => {
  const paths = await Promise.all(
    [12, 100].map((depth) => written({ sopInstanceUid: `2.25.16${depth}`, depth })),
  )
  for (let round = 0; round < 3; round += 1) {
    for (const path of paths) expect(await send('ONE', 'DEV', [path])).toEqual(['Success'])
  }
  expect(await spooled()).toHaveLength(4)
})

test('AE titles of any characters arrive as they were sent', async () => {
  const path = await written({ sopInstanceUid: '2.25.170' })
  await send('ONE', 'DEV', [path])
  await send(`A"B'C D{}%s`, '$(x);[]&|', [path])
  const [entry] = await spooled()
  expect(entry).toMatchObject({ calledAeTitle: `A"B'C D{}%s`, remoteAeTitle: '$(x);[]&|' })
})

describe('first arrivals of the same identifiers at the same moment', () => {
  // Writing a file takes so long that all of them are at it together; whoever comes first to the index wins.
  const slowStorage = `
import random, time
def create(name, kind, content):
    with open(os.path.join(storage_directory, name), 'wb') as file:
        file.write(content)
    time.sleep(1.5 + random.random())
def read(name, kind):
    with open(os.path.join(storage_directory, name), 'rb') as file:
        return file.read()
def remove(name, kind):
    os.unlink(os.path.join(storage_directory, name))
orthanc.RegisterStorageArea(create, read, remove)
`

  test('lose none, whoever wins', async () => {
    const slow = await startWith(slowStorage)
    const slowArchive = createOrthancArchive({ url: slow.urlWithCredentials })
    try {
      const senders = ['A', 'B', 'C', 'D', 'E']
      const uid = '2.25.190'
      const upload = await written({ sopInstanceUid: uid, institutionName: 'REST' })
      const sent = senders.map(async (name) => {
        const path = await written({ sopInstanceUid: uid, institutionName: name })
        return sendTo(slow.dicomPort, `CLINIC-${name}`, `DEVICE-${name}`, [path])
      })
      const stored = slowArchive.store({ path: upload, bytes: (await stat(upload)).size })
      expect(await Promise.all(sent)).toEqual(senders.map(() => ['Success']))
      await stored

      const found = new Map(
        (await spooled(slow.spoolDirectory)).map((entry) => [entry.calledAeTitle, entry.data]),
      )
      for (const { origin, data } of await heldInstances(slow.urlWithCredentials)) {
        if (origin?.origin === 'DicomProtocol') found.set(origin.calledAeTitle, data)
      }
      const whose = [...found].map(([calledAeTitle, data]) => [calledAeTitle, valueOf(data, 0x0008, 0x0080)])
      expect(whose.sort()).toEqual(senders.map((name) => [`CLINIC-${name}`, name]))
    } finally {
      await slowArchive.close()
      await slow.stop()
    }
  })
})

test('many devices sending the same identifiers at once: none is lost, and no AE title goes to other bytes', async () => {
  const senders = Array.from({ length: 8 }, (_, index) => ({
    called: `CLINIC${index}`,
    calling: `DEVICE${index}`,
  }))
  const uids = Array.from({ length: 6 }, (_, index) => `2.25.18${index}`)
  const sent: string[] = []
  const key = (called: string, calling: string, uid: string, marks: string) =>
    [called, calling, uid, marks].join('|')

  const rounds = [0, 1, 2]
  const plans = await Promise.all(
    rounds.flatMap((round) =>
      senders.map(async ({ called, calling }, index) => {
        const paths: string[] = []
        for (const uid of uids) {
          // Round 1 sends the same bytes from everybody, the others what only this sender has.
          const marks = round === 1 ? 'same' : `${called}-${round}`
          const pixelBytes = 1000 * (1 + ((index * 37 + Number(uid.slice(-1)) * 11) % 60))
          paths.push(
            await written({
              sopInstanceUid: uid,
              institutionName: marks,
              stationName: round === 1 ? 'same' : calling,
              pixelBytes: round === 1 ? 5000 : pixelBytes,
            }),
          )
          sent.push(key(called, calling, uid, marks))
        }
        return { round, called, calling, paths }
      }),
    ),
  )
  // Uploads over REST of the same identifiers run across them.
  const uploads = await Promise.all(
    uids.map(async (uid) => {
      const path = await written({ sopInstanceUid: uid, institutionName: 'REST' })
      return { path, bytes: (await stat(path)).size }
    }),
  )

  for (const round of rounds) {
    const [statuses] = await Promise.all([
      Promise.all(
        plans
          .filter((plan) => plan.round === round)
          .map(({ called, calling, paths }) => send(called, calling, paths)),
      ),
      // Orthanc may answer 500 where others store the same identifiers; the gateway tries again, too
      ...uploads.map((file) => archive.store(file).catch(() => archive.store(file))),
    ])
    expect(statuses.flat()).toEqual(Array.from({ length: senders.length * uids.length }, () => 'Success'))
  }

  const found = new Map<string, number>()
  const count = (called: string, calling: string, data: Buffer) => {
    const marks = valueOf(data, 0x0008, 0x0080)
    const at = key(called, calling, valueOf(data, 0x0008, 0x0018), marks)
    found.set(at, (found.get(at) ?? 0) + 1)
    if (marks === 'same') return
    // The bytes say who sent them.
    expect(marks.replace(/-\d$/, '')).toBe(called)
    expect(valueOf(data, 0x0008, 0x1010)).toBe(calling)
  }
  for (const { calledAeTitle, remoteAeTitle, data } of await spooled())
    count(calledAeTitle, remoteAeTitle, data)
  for (const { origin, data } of await heldInstances()) {
    if (origin?.origin !== 'DicomProtocol' || !uids.includes(valueOf(data, 0x0008, 0x0018))) continue
    count(origin.calledAeTitle, origin.remoteAeTitle, data)
  }
  const missing = sent.filter((at) => !found.has(at))
  expect(missing).toEqual([])
})
