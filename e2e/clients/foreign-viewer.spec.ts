import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { corpusPath } from '@bitewing/testbed/corpus'
import { dcmtk } from '@bitewing/testbed/dcmtk'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import { expect, type Page } from '@playwright/test'
import { test } from '../system.ts'

/** dicomweb-client's `DICOMwebClient.api`, as far as it is used below; its own types are others than what it answers. */
type Client = {
  storeInstances(options: { datasets: ArrayBuffer[] }): Promise<unknown>
  searchForStudies(options?: { queryParams: Record<string, string> }): Promise<unknown[]>
  searchForSeries(options: object): Promise<unknown[]>
  searchForInstances(options: object): Promise<unknown[]>
  retrieveStudyMetadata(options: object): Promise<object[]>
  retrieveSeriesMetadata(options: object): Promise<object[]>
  retrieveInstanceMetadata(options: object): Promise<object[]>
  retrieveStudy(options: object): Promise<ArrayBuffer[]>
  retrieveSeries(options: object): Promise<ArrayBuffer[]>
  retrieveInstance(options: object): Promise<ArrayBuffer>
  retrieveInstanceFrames(options: object): Promise<ArrayBuffer[]>
  retrieveInstanceRendered(options: object): Promise<ArrayBuffer[]>
  retrieveInstanceFramesRendered(options: object): Promise<ArrayBuffer[]>
  retrieveInstanceThumbnail(options: object): Promise<ArrayBuffer[]>
  retrieveInstanceFramesThumbnail(options: object): Promise<ArrayBuffer[]>
  retrieveBulkData(options: object): Promise<ArrayBuffer[]>
  buildInstanceWadoURIUrl(options: object): string
}
declare const DICOMwebClient: {
  api: { DICOMwebClient: new (options: { url: string; headers: Record<string, string> }) => Client }
}

const file = corpusPath('transfer-syntax/explicit-le/MR_small.dcm')

/** The pixel data as DCMTK takes them out of the file. */
async function pixels(): Promise<Buffer> {
  const folder = await temporaryFolder('pixels')
  await dcmtk('dcmdump', ['+W', folder.path, file])
  const [raw = ''] = (await readdir(folder.path)).filter((name) => name.endsWith('.raw'))
  const bytes = await readFile(join(folder.path, raw))
  await folder.remove()
  return bytes
}

async function open(page: Page, origin: string): Promise<void> {
  await page.goto(origin)
  await page.waitForFunction(() => 'DICOMwebClient' in globalThis)
}

test("a viewer on another origin, with a token, does all that the browsers' client can", async ({
  page,
  foreignViewers: { allowed },
  system,
}) => {
  await open(page, allowed)
  const given = {
    url: `${system.url}/dicom-web`,
    token: system.demo.token,
    file: [...(await readFile(file))],
  }
  const found = await page.evaluate(async ({ url, token, file }) => {
    const client = new DICOMwebClient.api.DICOMwebClient({
      url,
      headers: { Authorization: `Bearer ${token}` },
    })
    await client.storeInstances({ datasets: [new Uint8Array(file).buffer] })
    const value = (attributes: object, tag: string) =>
      String((attributes as Record<string, { Value?: unknown[] }>)[tag]?.Value?.[0])
    // an instance of this modality is stored by no other test
    const queryParams = { ModalitiesInStudy: 'MR' }
    const [study = {}] = (await client.searchForStudies({ queryParams })) as object[]
    const studyInstanceUID = value(study, '0020000D')
    const [series = {}] = (await client.searchForSeries({ studyInstanceUID })) as object[]
    const seriesInstanceUID = value(series, '0020000E')
    const [instance = {}] = (await client.searchForInstances({
      studyInstanceUID,
      seriesInstanceUID,
    })) as object[]
    const names = { studyInstanceUID, seriesInstanceUID, sopInstanceUID: value(instance, '00080018') }
    const first = { ...names, frameNumbers: [1] }
    const [metadata = {}] = await client.retrieveInstanceMetadata(names)
    const BulkDataURI = (metadata as Record<string, { BulkDataURI?: string }>)['7FE00010']?.BulkDataURI ?? ''
    const jpeg = { mediaTypes: [{ mediaType: 'image/jpeg' }] }
    const bytes = (buffer: ArrayBuffer | undefined) => [...new Uint8Array(buffer ?? new ArrayBuffer(0))]
    const wado = await fetch(
      client.buildInstanceWadoURIUrl({ ...names, contentType: 'image/jpeg' }).replace('/dicom-web', '/wado'),
      { headers: { Authorization: `Bearer ${token}` } },
    )
    const answer = await fetch(`${url}/studies/${studyInstanceUID}/metadata`, {
      headers: { Authorization: `Bearer ${token}`, Accept: 'application/dicom+json' },
    })
    return {
      levels: [
        (await client.retrieveStudyMetadata(names)).length,
        (await client.retrieveSeriesMetadata(names)).length,
      ],
      whole: bytes(await client.retrieveInstance(names)),
      study: (await client.retrieveStudy(names)).length,
      series: (await client.retrieveSeries(names)).length,
      frame: bytes((await client.retrieveInstanceFrames(first))[0]),
      bulk: bytes((await client.retrieveBulkData({ BulkDataURI }))[0]),
      pictures: [
        bytes((await client.retrieveInstanceRendered({ ...names, ...jpeg }))[0]),
        bytes((await client.retrieveInstanceFramesRendered({ ...first, ...jpeg }))[0]),
        bytes((await client.retrieveInstanceThumbnail({ ...names, ...jpeg }))[0]),
        bytes((await client.retrieveInstanceFramesThumbnail({ ...first, ...jpeg }))[0]),
        bytes(await wado.arrayBuffer()),
      ].map((picture) => picture.slice(0, 3)),
      etag: answer.headers.get('ETag'),
    }
  }, given)

  const expected = [...(await pixels())]
  expect(found.frame).toEqual(expected)
  expect(found.bulk).toEqual(expected)
  expect(found.whole.slice(128, 132)).toEqual([...Buffer.from('DICM')])
  expect([found.levels, found.study, found.series]).toEqual([[1, 1], 1, 1])
  expect(found.pictures).toEqual(found.pictures.map(() => [0xff, 0xd8, 0xff]))
  expect(found.etag, 'readable by the page').not.toBeNull()
})

test('an origin that is not listed reads nothing, even with a token', async ({
  page,
  foreignViewers: { other },
  system,
}) => {
  await open(page, other)
  const blocked = await page.evaluate(
    async ({ url, token }) =>
      fetch(`${url}/studies`, { headers: { Authorization: `Bearer ${token}` } }).then(
        () => false,
        () => true,
      ),
    { url: `${system.url}/dicom-web`, token: system.demo.token },
  )
  expect(blocked).toBe(true)
})
