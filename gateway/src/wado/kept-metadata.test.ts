import { withTenant } from '@bitewing/db'
import { series, seriesMetadata } from '@bitewing/db/schema'
import { expect, test } from 'vitest'
import { values, type DicomJson } from '../testing/dicom-json.ts'
import { startTestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage } from '../testing/test-image.ts'

test('without PUBLIC_URL, ever other Host headers make no ever other kept rows, and each gets its own addresses', async () => {
  const gateway = await startTestGateway({ PUBLIC_URL: '' })
  try {
    const practice = await gateway.practice('north')
    const token = await practice.token(['read', 'write'])
    const image = testImage()
    const { path, init } = storeBody([image.file])
    expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
    const { db } = gateway.system
    // the series has come to rest
    await withTenant(db, practice.id, (tx) => tx.update(series).set({ updatedAt: new Date(0) }))
    const ask = async (host: string) => {
      const response = await gateway.request(
        `/dicom-web/studies/${image.study}/series/${image.series}/metadata`,
        { as: token, headers: { Host: host } },
      )
      expect(response.status).toBe(200)
      const [one] = (await response.json()) as DicomJson[]
      expect(one && values(one, '00080018')).toEqual([image.instance])
      expect(one?.['7FE00010']?.BulkDataURI).toContain(`http://${host}/dicom-web/`)
    }
    for (let host = 0; host < 12; host++) await ask(`host-${host}.test`)
    const rows = await withTenant(db, practice.id, (tx) => tx.select().from(seriesMetadata))
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.length).toBeLessThanOrEqual(4)
    await ask('host-11.test')
    await ask('host-0.test')
  } finally {
    await gateway.stop()
  }
})
