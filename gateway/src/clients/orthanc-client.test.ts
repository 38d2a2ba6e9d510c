import { startOrthanc, type TestOrthanc } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { newUid, testImage } from '../testing/test-image.ts'

/*
 * Orthanc's DICOMweb plugin (package orthanc-dicomweb) as a client of ours: what a practice or a hospital with an
 * Orthanc of its own does to send and fetch images.
 */

const plugin = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so'
let gateway: TestGateway
let token: string
let orthanc: TestOrthanc
const study = newUid()
const images = [1, 2, 3].map((grey) =>
  testImage({ study, series: newUid(), grey, attributes: { '00100020': ['LO', 'FROM-ORTHANC'] } }),
)

beforeAll(async () => {
  gateway = await startTestGateway()
  token = await (await gateway.practice('north')).token(['read', 'write', 'delete'])
  const url = await gateway.serve()
  orthanc = await startOrthanc({
    configuration: {
      Plugins: [plugin],
      DicomWeb: {
        Enable: true,
        Root: '/dicom-web/',
        Servers: {
          bitewing: { Url: `${url}/dicom-web/`, HttpHeaders: { Authorization: `Bearer ${token}` } },
          old: { Url: `${url}/dicom-web/`, Username: 'anybody', Password: token },
        },
      },
    },
  })
})
afterAll(async () => {
  await orthanc.stop()
  await gateway.stop()
})

async function post(path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${orthanc.url}${path}`, {
    method: 'POST',
    headers: { Authorization: orthanc.authorization },
    body:
      typeof body === 'object' && !(body instanceof Uint8Array)
        ? JSON.stringify(body)
        : (body as Uint8Array<ArrayBuffer>),
  })
  const text = await response.text()
  expect(response.status, `${path}: ${text.slice(0, 500)}\n${orthanc.log().slice(-5).join('\n')}`).toBe(200)
  return JSON.parse(text) as unknown
}
const held = async () => {
  const response = await fetch(`${orthanc.url}/instances`, {
    headers: { Authorization: orthanc.authorization },
  })
  return ((await response.json()) as string[]).length
}

test('STOW: Orthanc sends a study, and we have it byte for byte', async () => {
  const ids: string[] = []
  for (const { file } of images) {
    const { ParentStudy } = (await post('/instances', new Uint8Array(file))) as { ParentStudy: string }
    ids.push(ParentStudy)
  }
  await post('/dicom-web/servers/bitewing/stow', { Resources: [ids[0]], Synchronous: true })
  for (const { path, file } of images) {
    const response = await gateway.request(`/dicom-web${path}`, {
      as: token,
      headers: { Accept: 'application/dicom; transfer-syntax=*' },
    })
    expect(Buffer.from(await response.arrayBuffer()).equals(file)).toBe(true)
  }
})

test.each(['bitewing', 'old'])('QIDO: Orthanc searches, as %s', async (server) => {
  const studies = await post(`/dicom-web/servers/${server}/qido`, {
    Uri: '/studies',
    Arguments: { PatientID: 'FROM-ORTHANC' },
  })
  expect(studies).toHaveLength(1)
  expect(studies).toMatchObject([{ '0020000D': { Value: study } }])
  const series = await post(`/dicom-web/servers/${server}/qido`, { Uri: `/studies/${study}/series` })
  expect(series).toHaveLength(3)
})

test('WADO: Orthanc fetches an instance, a series and a study that it does not have', async () => {
  const other = newUid()
  const series = newUid()
  const more = [4, 5, 6].map((grey) =>
    testImage({ study: other, series: grey === 6 ? newUid() : series, grey }),
  )
  const { path, init } = storeBody(more.map(({ file }) => file))
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  const before = await held()
  for (const [resource, count] of [
    [{ Study: other, Series: series, Instance: more[0]?.instance }, 1],
    [{ Study: other, Series: series }, 2],
    [{ Study: other }, 3],
  ] as const) {
    await post('/dicom-web/servers/bitewing/retrieve', { Resources: [resource], Synchronous: true })
    expect((await held()) - before).toBe(count)
  }
})
