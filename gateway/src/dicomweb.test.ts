import { readFile } from 'node:fs/promises'
import { corpusPath } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from './testing/start-test-gateway.ts'
import { storeBody } from './testing/store-body.ts'
import type { TestPractice } from './testing/test-practice.ts'

let gateway: TestGateway
let practice: TestPractice
let token: string

beforeAll(async () => {
  gateway = await startTestGateway()
  practice = await gateway.practice('north')
  token = await practice.token(['read', 'write'])
})
afterAll(() => gateway.stop())

type Json = Record<string, { vr: string; Value?: unknown[] }>

async function store(...names: string[]) {
  const files = await Promise.all(names.map((name) => readFile(corpusPath(name))))
  const { path, init } = storeBody(files)
  const response = await gateway.request(path, { ...init, as: token })
  return { response, body: (await response.json()) as Json }
}

function uidsOf(body: Json): { study: string; series: string; instance: string }[] {
  return (body['00081199']?.Value ?? []).map((item) => {
    const [url] = (item as Json)['00081190']?.Value ?? []
    const [, study = '', series = '', instance = ''] =
      /studies\/([\d.]+)\/series\/([\d.]+)\/instances\/([\d.]+)$/.exec(String(url)) ?? []
    return { study, series, instance }
  })
}

// PS3.18 §10.5.3, §10.6, §10.4: what is stored can be found and comes back byte for byte.
test('a stored file is found by search and retrieved as it was sent', async () => {
  const name = 'dental/wrapped/io_periapical_12bit.dcm'
  const { response, body } = await store(name)
  expect(response.status).toBe(200)
  const [uids] = uidsOf(body)
  expect(uids).toBeDefined()

  const search = await gateway.request(`/dicom-web/studies?StudyInstanceUID=${uids?.study}`, { as: token })
  expect(search.status).toBe(200)
  const [found] = (await search.json()) as Json[]
  expect(found?.['0020000D']?.Value).toEqual([uids?.study])
  expect(found?.['00201208']?.Value).toEqual([1])

  const path = `/dicom-web/studies/${uids?.study}/series/${uids?.series}/instances/${uids?.instance}`
  const retrieved = await gateway.request(path, {
    as: token,
    headers: { Accept: 'application/dicom; transfer-syntax=*' },
  })
  expect(retrieved.status).toBe(200)
  expect(Buffer.from(await retrieved.arrayBuffer())).toEqual(await readFile(corpusPath(name)))

  const metadata = await gateway.request(
    `/dicom-web/studies/${uids?.study}/series/${uids?.series}/metadata`,
    { as: token },
  )
  expect(metadata.status).toBe(200)
  expect(((await metadata.json()) as Json[])[0]?.['00080018']?.Value).toEqual([uids?.instance])

  const frame = await gateway.request(`${path}/frames/1`, {
    as: token,
    headers: { Accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' },
  })
  expect(frame.status).toBe(200)
  const rendered = await gateway.request(`${path}/rendered?viewport=200,200`, {
    as: token,
    headers: { Accept: 'image/png' },
  })
  expect(rendered.status, await rendered.clone().text()).toBe(200)
  const rendition = await gateway.request(
    `/renditions/${uids?.study}/${uids?.series}/${uids?.instance}/1/512.webp`,
    { as: token },
  )
  expect(rendition.status).toBe(200)
  expect(rendition.headers.get('Content-Type')).toBe('image/webp')
})
