import { randomUUID } from 'node:crypto'
import { closeDatabase, connectDatabase } from '@bitewing/db'
import { Registry } from 'prom-client'
import { expect, test, vi } from 'vitest'
import { createApp } from '../app.ts'
import type { Archive } from '../archive/archive.ts'
import { ArchiveAway, ArchiveFull, ArchiveRefused } from '../archive/archive-errors.ts'
import { ObjectStoreAway } from '../object-store/object-errors.ts'
import { startTestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage } from '../testing/test-image.ts'
import { keepArrival } from './keep-arrival.ts'

test('what one gateway takes back is not what another has just relied on, the object store being away', async () => {
  const gateway = await startTestGateway()
  const superuser = connectDatabase(gateway.database.superuserUrl, 1)
  try {
    const [north, south] = [await gateway.practice('north'), await gateway.practice('south')]
    const token = await south.token(['read', 'write'])
    const { system } = gateway
    const away = { ...system.objectStore, put: () => Promise.reject(new ObjectStoreAway('away')) }
    const { file, instance, path } = testImage()

    const second = createApp({ ...system, objectStore: away, metrics: new Registry() })
    const ask = async (at: string, init: RequestInit) => {
      const headers = { ...Object.fromEntries(new Headers(init.headers)), Authorization: `Bearer ${token}` }
      return second.request(`http://gateway.test${at}`, { ...init, headers })
    }
    const store = () => {
      const { path: stow, init } = storeBody([file])
      return ask(stow, init)
    }
    const count = async (query: string) =>
      Number((await superuser.client.query<{ n: string }>(`SELECT count(*) AS n FROM ${query}`)).rows[0]?.n)

    // between the question who relies on it, and its removal, the other gateway comes as far as it can
    const others: Promise<Response>[] = []
    const archive: Archive = {
      ...system.archive,
      async remove(orthancId) {
        others.push(store())
        await vi.waitFor(
          async () =>
            expect(
              (await count('instances')) +
                (await count(`pg_locks WHERE locktype = 'advisory' AND NOT granted`)),
            ).toBeGreaterThan(0),
          { timeout: 50_000, interval: 20 },
        )
        await system.archive.remove(orthancId)
      },
    }
    const kept = await keepArrival(
      { db: system.db, archive, objectStore: away },
      north.id,
      { instanceId: randomUUID(), sopInstanceUid: instance, orthancId: '' },
      { bytes: file.length, buffer: file },
    )
    expect(kept.originalState).toBe('pending')
    await kept.undo()

    expect(others).toHaveLength(1)
    const [{ status } = { status: 0 }] = await Promise.all(others)
    expect([200, 503]).toContain(status)
    if (status === 503) expect((await store()).status).toBe(200) // nothing half-stored: it may come again
    const read = await ask(`/dicom-web${path}`, {
      headers: { Accept: 'application/dicom; transfer-syntax=*' },
    })
    expect(read.status).toBe(200)
    expect(Buffer.from(await read.arrayBuffer()).equals(file)).toBe(true)

    // and what somebody relies on stays
    await kept.undo()
    expect(await system.archive.md5(kept.archive.orthancId)).not.toBeNull()
  } finally {
    await closeDatabase(superuser)
    await gateway.stop()
  }
})

test('where the object store is far away the archive gets the file at once, and where it cannot take it now or ever, the store has it', async () => {
  const gateway = await startTestGateway()
  try {
    const { id } = await gateway.practice('north')
    const { db, archive, objectStore } = gateway.system
    const keep = (ports: Partial<{ archive: Archive; near: boolean; put: typeof objectStore.put }>) => {
      const { file, instance } = testImage()
      const { near = false, put = objectStore.put } = ports
      return keepArrival(
        { db, archive: ports.archive ?? archive, objectStore: { ...objectStore, near, put } },
        id,
        { instanceId: randomUUID(), sopInstanceUid: instance, orthancId: 'not known' },
        { bytes: file.length, buffer: file },
      )
    }
    const failing = (error: Error): Archive => ({ ...archive, store: () => Promise.reject(error) })

    const both = await keep({})
    expect(both).toMatchObject({ archive: { held: true, due: false }, originalState: 'secured' })
    expect(await archive.md5(both.archive.orthancId)).toBe(both.md5)

    const later = { archive: { orthancId: 'not known', held: false, due: true }, originalState: 'secured' }
    expect(await keep({ near: true })).toMatchObject(later)
    expect(await keep({ archive: failing(new ArchiveAway('away')) })).toMatchObject(later)
    expect(await keep({ archive: failing(new ArchiveFull('full')) })).toMatchObject(later)
    expect(await keep({ archive: failing(new ArchiveRefused('never')) })).toMatchObject({
      archive: { held: false, due: false },
      originalState: 'secured',
    })

    const put = () => Promise.reject(new ObjectStoreAway('away'))
    for (const near of [true, false]) {
      expect(await keep({ near, put })).toMatchObject({
        archive: { held: true, due: false },
        originalState: 'pending',
      })
      await expect(keep({ near, put, archive: failing(new ArchiveAway('away')) })).rejects.toThrow(
        ArchiveAway,
      )
    }
  } finally {
    await gateway.stop()
  }
})
