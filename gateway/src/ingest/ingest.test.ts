import { open, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { asSystem, assignQuarantine, withTenant } from '@bitewing/db'
import { archiveCheckpoints, auditEvents, devices, instanceConflicts } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { readOriginal } from '../originals/read-original.ts'
import { newUid, testImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { createHostAddresses } from './host-addresses.ts'
import { startIngest } from './start-ingest.ts'
import { startTestIngest, type TestIngest } from './start-test-ingest.ts'
import { takeArrival } from './take-arrival.ts'

/** Until it holds; the run's own time limit ends it otherwise. */
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 50_000, interval: 50 })

const operator = { actor: { kind: 'system', id: null }, sessionId: null, address: null } as const

describe.each([{ plugin: false }, { plugin: true }])('with the hook in Orthanc: $plugin', ({ plugin }) => {
  let ingest: TestIngest
  let clinic: TestPractice
  let other: TestPractice
  beforeAll(async () => {
    ingest = await startTestIngest({ plugin })
    clinic = await ingest.practice('clinic')
    other = await ingest.practice('other')
  })
  afterAll(() => ingest.stop())

  const uidsOf = async (practice: TestPractice) =>
    (await ingest.rows(practice.id)).map(({ sopInstanceUid }) => sopInstanceUid)
  const arrived = (practice: TestPractice, ...uids: string[]) =>
    eventually(async () => expect(await uidsOf(practice)).toEqual(expect.arrayContaining(uids)))
  /** Everything sent so far has been looked at: what a later arrival overtakes is not coming any more. */
  const settled = async () => {
    const { instance, file } = testImage()
    await ingest.send(clinic.aeTitle, [file])
    await arrived(clinic, instance)
    await eventually(async () => expect((await spoolFiles()).filter(isEntry)).toEqual([]))
  }
  const spoolFiles = () => readdir(ingest.orthanc.spoolDirectory)
  const isEntry = (name: string) => /\.(?:json|dcm)$/.test(name)

  test('a C-STORE is filed with the practice of the called AE title and with no other', async () => {
    const { instance, study, file } = testImage()
    expect(await ingest.send(clinic.aeTitle, [file], 'PANO-7')).toEqual(['Success'])
    await arrived(clinic, instance)
    const row = (await ingest.rows(clinic.id)).find(({ sopInstanceUid }) => sopInstanceUid === instance)
    expect(row).toMatchObject({ origin: 'c-store', callingAeTitle: 'PANO-7', heldByArchive: true })
    expect(await uidsOf(other)).not.toContain(instance)

    const events = await withTenant(ingest.system.db, clinic.id, (tx) =>
      tx.select().from(auditEvents).where(eq(auditEvents.kind, 'image.received')),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ outcome: 'success', actorKind: 'device', actorId: 'PANO-7' }),
    )
    expect(JSON.stringify(events)).not.toContain(study) // ids of ours alone
  })

  test('its original is the file that Orthanc wrote, and stays when Orthanc loses it', async () => {
    const { instance, file } = testImage()
    await ingest.send(clinic.aeTitle, [file])
    await arrived(clinic, instance)
    const before = (await ingest.originals(clinic.id)).get(instance)
    await ingest.secureAll(clinic.id)
    const row = (await ingest.rows(clinic.id)).find(({ sopInstanceUid }) => sopInstanceUid === instance)
    await ingest.system.archive.remove(row?.orthancId ?? '')
    const after = (await ingest.originals(clinic.id)).get(instance)
    expect(before?.length).toBeGreaterThan(0)
    expect(after?.equals(before ?? Buffer.alloc(0))).toBe(true)
  })

  // The index still says that Orthanc has it: after a new disk that is true of the identifiers alone.
  test('when Orthanc lost an original and took other bytes in its place, nobody gets these for it', async () => {
    const ours = await ingest.practice('lost')
    const { study, series, instance, file } = testImage({ grey: 1 })
    const othersBytes = testImage({ study, series, instance, grey: 2 }).file
    const oursOtherBytes = testImage({ study, series, instance, grey: 3 }).file
    await ingest.send(ours.aeTitle, [file])
    await arrived(ours, instance)
    await ingest.secureAll(ours.id)
    const row = (await ingest.rows(ours.id)).find(({ sopInstanceUid }) => sopInstanceUid === instance)
    if (!row) throw new Error('it was not filed')
    const before = (await ingest.originals(ours.id)).get(instance)
    const { archive } = ingest.system
    const objectStore = { ...ingest.system.objectStore, near: false } // as a bucket is: the archive is asked first

    await archive.remove(row.orthancId)
    await ingest.send(other.aeTitle, [othersBytes])
    await arrived(other, instance)
    const read = await readOriginal({ archive, objectStore }, ours.id, { ...row, instanceId: row.id })
    expect(read && (await buffer(read.stream)).equals(before ?? Buffer.alloc(0))).toBe(true)

    await ingest.secureAll(other.id)
    await archive.remove(row.orthancId)
    await ingest.send(ours.aeTitle, [oursOtherBytes])
    await eventually(async () => {
      const conflicts = await withTenant(ingest.system.db, ours.id, (tx) =>
        tx.select().from(instanceConflicts).where(eq(instanceConflicts.instanceId, row.id)),
      )
      expect(conflicts).toHaveLength(1)
    })
  })

  test('the same image again makes no second row', async () => {
    const { instance, file } = testImage()
    await ingest.send(clinic.aeTitle, [file, file])
    await ingest.send(clinic.aeTitle, [file])
    await settled()
    await arrived(clinic, instance) // some arrivals are taken over at the same time
    expect((await uidsOf(clinic)).filter((uid) => uid === instance)).toHaveLength(1)
  })

  test('what the gateway uploads itself is neither filed nor quarantined', async () => {
    const { instance, file } = testImage()
    const { url, authorization } = ingest.orthanc
    const upload = await fetch(`${url}/instances`, {
      method: 'POST',
      headers: { authorization },
      body: new Uint8Array(file),
    })
    expect(upload.status).toBe(200)
    await settled()
    expect(await uidsOf(clinic)).not.toContain(instance)
    expect(await ingest.quarantine()).toEqual([])
  })

  describe('an unknown called AE title', () => {
    const lost = testImage()
    beforeAll(async () => {
      await ingest.send('NOBODY', [lost.file], 'STRAY')
      await eventually(async () => expect(await ingest.quarantine()).toHaveLength(1))
    })

    test('lands in quarantine with titles, address and bytes, and no practice sees it', async () => {
      const [arrival] = await ingest.quarantine()
      expect(arrival).toMatchObject({
        calledAeTitle: 'NOBODY',
        callingAeTitle: 'STRAY',
        remoteAddress: '127.0.0.1',
        reason: 'unknown-ae-title',
      })
      expect(arrival?.bytes).toBeGreaterThan(256)
      for (const practice of [clinic, other]) expect(await uidsOf(practice)).not.toContain(lost.instance)
    })

    test('is filed once an operator gives it to a practice', async () => {
      const group = { calledAeTitle: 'NOBODY', callingAeTitle: 'STRAY', remoteAddress: '127.0.0.1' }
      expect(await assignQuarantine(ingest.system.db, group, other.id, operator)).toBe(1)
      await arrived(other, lost.instance)
      await eventually(async () =>
        expect(await ingest.quarantine()).toMatchObject([
          { ingestedAt: expect.any(Date) as Date, failure: null },
        ]),
      )
      expect(await uidsOf(clinic)).not.toContain(lost.instance)
      expect((await ingest.originals(other.id)).get(lost.instance)?.length).toBeGreaterThan(0)
    })
  })

  test('a practice that has registered devices takes images from these alone', async () => {
    const strict = await ingest.practice('strict')
    await withTenant(ingest.system.db, strict.id, (tx) =>
      tx.insert(devices).values({ tenantId: strict.id, aeTitle: 'OURS', host: '127.0.0.1', port: 104 }),
    )
    const [ours, theirs] = [testImage(), testImage()]
    await ingest.send(strict.aeTitle, [theirs.file], 'THEIRS')
    await ingest.send(strict.aeTitle, [ours.file], 'OURS')
    await arrived(strict, ours.instance)
    // they are filed beside each other: what was sent first may be known last
    await eventually(async () =>
      expect(await ingest.quarantine()).toContainEqual(
        expect.objectContaining({ callingAeTitle: 'THEIRS', reason: 'unknown-device' }),
      ),
    )
    expect(await uidsOf(strict)).toEqual([ours.instance])
  })

  test('a registered device’s title from another address waits in quarantine, with that reason', async () => {
    const placed = await ingest.practice('placed')
    const { db } = ingest.system
    await withTenant(db, placed.id, (tx) =>
      tx.insert(devices).values([
        { tenantId: placed.id, aeTitle: 'ELSEWHERE', host: '192.0.2.7', port: 104 },
        { tenantId: placed.id, aeTitle: 'HERE', host: '::ffff:127.0.0.1', port: 104 },
        { tenantId: placed.id, aeTitle: 'NAMED', host: 'localhost', port: 104 },
        { tenantId: placed.id, aeTitle: 'UNRESOLVED', host: 'no-such-host.invalid', port: 104 },
      ]),
    )
    const [elsewhere, ...welcome] = [testImage(), testImage(), testImage(), testImage()]
    await ingest.send(placed.aeTitle, [elsewhere?.file ?? Buffer.alloc(0)], 'ELSEWHERE')
    for (const [index, title] of ['HERE', 'NAMED', 'UNRESOLVED'].entries()) {
      await ingest.send(placed.aeTitle, [welcome[index]?.file ?? Buffer.alloc(0)], title)
    }
    await arrived(placed, ...welcome.map(({ instance }) => instance))
    await eventually(async () =>
      expect(await ingest.quarantine()).toContainEqual(
        expect.objectContaining({
          callingAeTitle: 'ELSEWHERE',
          remoteAddress: '127.0.0.1',
          reason: 'other-address',
        }),
      ),
    )
    expect((await uidsOf(placed)).sort()).toEqual(welcome.map(({ instance }) => instance).sort())
  })

  test('one that cannot be filed waits in quarantine and holds up nobody', async () => {
    // Orthanc takes sequences nested deeper than our parser does.
    let nested: Buffer = Buffer.alloc(0)
    for (let depth = 0; depth < 80; depth += 1) nested = sequenceOf(nested)
    const [deep, next] = [testImage({ attributes: { '0040A730': ['SQ', nested.subarray(12)] } }), testImage()]
    await ingest.send(clinic.aeTitle, [deep.file, next.file], 'DEEP')
    await arrived(clinic, next.instance)
    await eventually(async () =>
      expect(await ingest.quarantine()).toContainEqual(
        expect.objectContaining({ callingAeTitle: 'DEEP', reason: 'unreadable' }),
      ),
    )
    expect(await uidsOf(clinic)).not.toContain(deep.instance)
  })

  test('one that the index refuses for a reason nobody thought of holds up nobody either', async () => {
    const [cursed, next] = [testImage(), testImage()]
    await ingest.asOwner(async (client) => {
      await client.query(`
        CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF NEW.sop_instance_uid = '${cursed.instance}' THEN RAISE EXCEPTION 'never'; END IF; RETURN NEW;
        END $$;
        CREATE TRIGGER refuse_one BEFORE INSERT ON instances FOR EACH ROW EXECUTE FUNCTION refuse_one()`)
    })
    onTestFinished(() =>
      ingest.asOwner(async (client) => {
        await client.query('DROP TRIGGER refuse_one ON instances')
        await client.query('DROP FUNCTION refuse_one')
      }),
    )
    await ingest.send(clinic.aeTitle, [cursed.file, next.file], 'CURSED')
    await arrived(clinic, next.instance)
    await eventually(async () =>
      expect(await ingest.quarantine()).toContainEqual(
        expect.objectContaining({ callingAeTitle: 'CURSED', reason: 'unreadable' }),
      ),
    )
  })

  // Another process takes its own copy of the same identifiers back at that moment.
  test('a file that Orthanc loses while it is being filed leaves no row that would name it', async () => {
    const image = testImage()
    const { archive } = ingest.system
    await ingest.pauseIngest()
    await ingest.send(clinic.aeTitle, [image.file])
    const { changes } = await archive.changes(0, 10_000)
    const { orthancId } = changes.findLast(({ kind }) => kind === 'NewInstance') ?? { orthancId: '' }
    const losesIt = {
      ...archive,
      async read(...asked: Parameters<typeof archive.read>) {
        const received = await archive.read(...asked)
        if (!received) return received
        const bytes = await buffer(received.stream)
        await archive.remove(orthancId)
        return { ...received, stream: Readable.from([bytes]) }
      },
    }
    const dependencies = {
      ...ingest.system,
      archive: losesIt,
      spoolDir: ingest.orthanc.spoolDirectory,
      hostAddresses: createHostAddresses({ log: ingest.system.log }),
    }
    await expect(takeArrival(dependencies, orthancId)).rejects.toThrow('taken back')
    expect(await uidsOf(clinic)).not.toContain(image.instance)
    await ingest.resumeIngest()
    await settled()
    expect(await uidsOf(clinic)).not.toContain(image.instance)
    await ingest.send(clinic.aeTitle, [image.file])
    await arrived(clinic, image.instance)
  })

  test('what arrives while no worker runs is filed when one does, once', async () => {
    await ingest.pauseIngest()
    const images = Array.from({ length: 12 }, () => testImage())
    await ingest.send(
      clinic.aeTitle,
      images.map(({ file }) => file),
    )
    await ingest.resumeIngest()
    await arrived(clinic, ...images.map(({ instance }) => instance))
    const uids = await uidsOf(clinic)
    expect(new Set(uids).size).toBe(uids.length)
  })

  describe('a checkpoint that does not belong to the feed', () => {
    const before = async () => {
      await ingest.pauseIngest()
      const image = testImage()
      await ingest.send(clinic.aeTitle, [image.file])
      return { ...image, rows: await uidsOf(clinic) }
    }
    const after = async ({ instance, rows }: { instance: string; rows: string[] }) => {
      await ingest.resumeIngest()
      await arrived(clinic, instance)
      expect(await uidsOf(clinic)).toEqual([...rows, instance].sort())
    }
    const setCheckpoint = (values: Partial<typeof archiveCheckpoints.$inferInsert>) =>
      asSystem(ingest.system.db, (tx) => tx.update(archiveCheckpoints).set(values))

    test('another database of Orthanc, which is ahead already, is read from its start', async () => {
      const arrival = await before()
      await setCheckpoint({
        lastChange: 1_000_000,
        databaseId: '3 an-instance-of-another-database 20200101T000000',
      })
      await after(arrival)
    })

    test('a feed that ends before the checkpoint is read from its start', async () => {
      const arrival = await before()
      await setCheckpoint({ lastChange: 1_000_000, databaseId: '' })
      await after(arrival)
    })

    test('reading everything anew changes nothing', async () => {
      const arrival = await before()
      await setCheckpoint({ lastChange: 0, databaseId: '' })
      await after(arrival)
    })
  })

  test('Orthanc going away and coming back loses nothing', async () => {
    const [first, second] = [testImage(), testImage()]
    await ingest.send(clinic.aeTitle, [first.file])
    await ingest.orthanc.kill()
    await ingest.orthanc.restart()
    await ingest.send(clinic.aeTitle, [second.file])
    await arrived(clinic, first.instance, second.instance)
  })

  test('several workers do not file anything twice, and one goes on when another ends', async () => {
    const others = [await startIngest(ingest.system), await startIngest(ingest.system)]
    onTestFinished(async () => {
      for (const worker of others) await worker.stop()
    })
    const images = Array.from({ length: 12 }, () => testImage())
    const files = images.map(({ file }) => file)
    await ingest.send(clinic.aeTitle, files.slice(0, 6))
    await ingest.pauseIngest()
    await ingest.send(clinic.aeTitle, files.slice(6))
    await arrived(clinic, ...images.map(({ instance }) => instance))
    await ingest.resumeIngest()
    const uids = await uidsOf(clinic)
    expect(new Set(uids).size).toBe(uids.length)
  })

  test('an arrival that was quarantined stays the operator’s when the feed is read anew', async () => {
    const { instance, file } = testImage()
    await ingest.send('LATER', [file], 'EARLY')
    await eventually(async () =>
      expect(await ingest.quarantine()).toContainEqual(expect.objectContaining({ calledAeTitle: 'LATER' })),
    )
    const later = await ingest.practice('later')
    await ingest.pauseIngest()
    await asSystem(ingest.system.db, (tx) => tx.update(archiveCheckpoints).set({ lastChange: 0 }))
    await ingest.resumeIngest()
    await settled()
    expect(await uidsOf(later)).not.toContain(instance)

    // Sent again after Orthanc has lost the first, it is the practice's.
    const [waiting] = (await ingest.quarantine()).filter(({ calledAeTitle }) => calledAeTitle === 'LATER')
    await ingest.system.archive.remove(waiting?.orthancId ?? '')
    await new Promise((resolve) => setTimeout(resolve, 1100)) // Orthanc's clock shows seconds
    await ingest.send('LATER', [file], 'EARLY')
    await arrived(later, instance)
  })

  describe.runIf(plugin)('duplicates that Orthanc drops', () => {
    const pair = () => {
      const [study, series, instance] = [newUid(), newUid(), newUid()]
      const ids = { study, series, instance }
      const a = testImage({ ...ids, grey: 40, attributes: { '00080080': ['LO', 'clinic'] } })
      const b = testImage({ ...ids, grey: 200, attributes: { '00080080': ['LO', 'other'] } })
      return { instance, a: a.file, b: b.file }
    }
    /** Institution Name, which says whose file it is. */
    const whose = async (practice: TestPractice, instance: string) =>
      (await ingest.originals(practice.id)).get(instance)?.toString('latin1').includes('clinic') === true
        ? 'clinic'
        : 'other'

    test('two practices with the same identifiers and other bytes each get back their own', async () => {
      for (const [first, second] of [
        [clinic, other],
        [other, clinic],
      ] as const) {
        const { instance, a, b } = pair()
        const fileOf = (practice: TestPractice) => (practice === clinic ? a : b)
        await ingest.send(first.aeTitle, [fileOf(first)])
        await ingest.send(second.aeTitle, [fileOf(second)])
        await arrived(first, instance)
        await arrived(second, instance)
        for (const practice of [clinic, other]) expect(await whose(practice, instance)).toBe(practice.slug)
        await ingest.secureAll(first.id)
        await ingest.secureAll(second.id)
        for (const practice of [clinic, other]) expect(await whose(practice, instance)).toBe(practice.slug)
      }
      expect((await spoolFiles()).filter(isEntry)).toEqual([])
    })

    test('two practices with identical bytes both have them', async () => {
      const { instance, file } = testImage()
      await ingest.send(clinic.aeTitle, [file])
      await ingest.send(other.aeTitle, [file])
      await arrived(clinic, instance)
      await arrived(other, instance)
      const [ours, theirs] = await Promise.all([ingest.originals(clinic.id), ingest.originals(other.id)])
      expect(ours.get(instance)?.equals(theirs.get(instance) ?? Buffer.alloc(0))).toBe(true)
      const row = (await ingest.rows(other.id)).find(({ sopInstanceUid }) => sopInstanceUid === instance)
      expect(row).toMatchObject({ heldByArchive: true, originalState: 'secured' })
    })

    test('other content under a UID the practice has waits for staff, once; the first stays', async () => {
      const { instance, a, b } = pair()
      await ingest.send(clinic.aeTitle, [a])
      await arrived(clinic, instance)
      expect(await ingest.send(clinic.aeTitle, [b, b], 'CEPH')).toEqual(['Success', 'Success'])
      await settled()
      const conflicts = await withTenant(ingest.system.db, clinic.id, (tx) =>
        tx.select().from(instanceConflicts),
      )
      expect(conflicts).toMatchObject([{ callingAeTitle: 'CEPH', decidedAt: null }])
      const kept = await ingest.system.objectStore.get({
        tenantId: clinic.id,
        name: `conflicts/${conflicts[0]?.id}`,
      })
      expect(kept?.totalBytes).toBe(conflicts[0]?.fileBytes)
      kept?.stream.destroy()
      expect(await whose(clinic, instance)).toBe('clinic')
    })

    test('for an unknown AE title they wait in quarantine, once, until a practice gets them', async () => {
      const { instance, a, b } = pair()
      await ingest.send(clinic.aeTitle, [a])
      await arrived(clinic, instance)
      for (let round = 0; round < 3; round += 1) await ingest.send('ASTRAY', [b], 'STRAY-2')
      await settled()
      const waiting = (await ingest.quarantine()).filter(({ calledAeTitle }) => calledAeTitle === 'ASTRAY')
      expect(waiting).toHaveLength(1)
      const folder = join(ingest.orthanc.spoolDirectory, 'quarantine')
      expect(await readdir(folder)).toHaveLength(2)

      const group = { calledAeTitle: 'ASTRAY', callingAeTitle: 'STRAY-2', remoteAddress: '127.0.0.1' }
      await assignQuarantine(ingest.system.db, group, other.id, operator)
      await arrived(other, instance)
      expect(await whose(other, instance)).toBe('other')
      await eventually(async () => expect(await readdir(folder)).toEqual([]))
    })

    test('other content under the same SOP Instance UID and another Patient ID is one conflict, not two', async () => {
      const [first, second] = [pair(), newUid()]
      const ids = { study: second, instance: first.instance }
      await ingest.send(clinic.aeTitle, [first.a])
      await arrived(clinic, first.instance)
      // Orthanc takes it for something new, and the hook for a duplicate: it comes both ways.
      await ingest.send(
        clinic.aeTitle,
        [testImage({ ...ids, attributes: { '00100020': ['LO', 'T-2'] } }).file],
        'TWICE',
      )
      await settled()
      const conflicts = await withTenant(ingest.system.db, clinic.id, (tx) =>
        tx.select().from(instanceConflicts).where(eq(instanceConflicts.callingAeTitle, 'TWICE')),
      )
      expect(conflicts).toHaveLength(1)
    })

    test('what a worker left half-moved to quarantine is finished by the next', async () => {
      const { instance, a, b } = pair()
      await ingest.send(clinic.aeTitle, [a])
      await arrived(clinic, instance)
      await ingest.pauseIngest()
      await ingest.send('HALFWAY', [b])
      const spool = ingest.orthanc.spoolDirectory
      const [name = ''] = (await spoolFiles()).filter((file) => file.endsWith('.dcm'))
      await rename(join(spool, name), join(spool, 'quarantine', name))
      await ingest.resumeIngest()
      await settled()
      expect(await readdir(join(spool, 'quarantine'))).toContain(name.replace('.dcm', '.json'))
    })

    test('they wait in the spool while the object store is away, and first arrivals do not', async () => {
      const { instance, a, b } = pair()
      await ingest.send(clinic.aeTitle, [a])
      await arrived(clinic, instance)
      const away = `${ingest.storeFolder}-away`
      await rename(ingest.storeFolder, away)
      const next = testImage()
      await ingest.send(other.aeTitle, [b])
      await ingest.send(clinic.aeTitle, [next.file])
      await arrived(clinic, next.instance)
      expect((await spoolFiles()).filter(isEntry)).toHaveLength(2)
      expect(await uidsOf(other)).not.toContain(instance)

      await rename(away, ingest.storeFolder)
      await arrived(other, instance)
      expect(await whose(other, instance)).toBe('other')
    })

    test('a damaged file of the spool is not filed', async () => {
      const { instance, a, b } = pair()
      await ingest.send(clinic.aeTitle, [a])
      await arrived(clinic, instance)
      await ingest.pauseIngest()
      await ingest.send(other.aeTitle, [b], 'DAMAGED')
      const [name = ''] = (await spoolFiles()).filter((file) => file.endsWith('.dcm'))
      const file = await open(join(ingest.orthanc.spoolDirectory, name), 'r+')
      await file.write(Buffer.from('damage'), 0, 6, 600)
      await file.close()
      await ingest.resumeIngest()
      await settled()
      expect(await uidsOf(other)).not.toContain(instance)
      expect(await ingest.quarantine()).toContainEqual(
        expect.objectContaining({ callingAeTitle: 'DAMAGED', reason: 'unreadable' }),
      )
    })
  })
})

/** One item around `content`, as an element of Content Sequence with its header. */
function sequenceOf(content: Buffer): Buffer {
  const item = Buffer.alloc(8)
  item.writeUInt16LE(0xfffe, 0)
  item.writeUInt16LE(0xe000, 2)
  item.writeUInt32LE(content.length, 4)
  const header = Buffer.from([0x40, 0x00, 0x30, 0xa7, 0x53, 0x51, 0, 0, 0, 0, 0, 0])
  header.writeUInt32LE(8 + content.length, 8)
  return Buffer.concat([header, item, content])
}
