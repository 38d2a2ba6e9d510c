import { readFile } from 'node:fs/promises'
import { corpusPath } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusFiles, inTurns, isRepetition } from './dicom/testing.ts'
import { sequence, values, type DicomJson } from './testing/dicom-json.ts'
import { heldThings } from './testing/held-things.ts'
import { startTestGateway, type TestGateway } from './testing/start-test-gateway.ts'
import { storeBody } from './testing/store-body.ts'

let gateway: TestGateway
/** Of several practices: much of the corpus is one image in many encodings, under the same UIDs. */
let tokens: string[]
/** Where an instance is, by the corpus file it was stored from. */
const stored = new Map<string, { path: string; token: string }>()

beforeAll(async () => {
  gateway = await startTestGateway({ PIXEL_PROCESSES: '2' })
  tokens = []
  for (let i = 0; i < 16; i++) tokens.push(await (await gateway.practice(`p${i}`)).token(['read', 'write']))
})
afterAll(() => gateway.stop())

async function store(names: readonly string[], token = tokens[0] ?? '') {
  const { path, init } = storeBody(await Promise.all(names.map((name) => readFile(corpusPath(name)))))
  const response = await gateway.request(path, { ...init, as: token })
  return { status: response.status, body: (await response.json()) as DicomJson }
}

/** Made without a study or series UID, or no image of a patient at all. */
const withoutIdentifiers =
  /(HTJ2KLossless|JLSL_|JPEGLSNearLossless|SC_rgb_jls|chrSQEncoding|empty_charset_LEI|NeurosurgeryPlan|hotiron|sr-ruler)/

test('every file of the corpus is stored or refused with a reason, never a server error', async () => {
  const files = corpusFiles()
  const single = files.filter((name) => !isRepetition(name))
  const answers: Record<string, string> = {}
  await inTurns(single, async (name) => {
    for (const token of tokens) {
      const { status, body } = await store([name], token)
      const [url] = sequence(body, '00081199').flatMap((item) => values(item, '00081190'))
      const reasons = [...sequence(body, '00081198'), ...sequence(body, '0008119A')].flatMap((item) =>
        values(item, '00081197'),
      )
      answers[name] = `${status} ${reasons.map((reason) => Number(reason).toString(16)).join()}`
      const path = typeof url === 'string' ? url.replace('http://gateway.test/dicom-web', '') : null
      if (path !== null) stored.set(name, { path, token })
      if (answers[name] !== '409 111') break
    }
  })
  const unexpected = Object.entries(answers).filter(
    ([, answer]) => !['200 ', '409 110', '409 122', '409 a900', '409 c000'].includes(answer),
  )
  expect(unexpected).toEqual([])
  // what is not made to be broken is taken
  const refused = Object.entries(answers).filter(
    ([name, answer]) => answer !== '200 ' && !/^(malformed|worklist|media)\//.test(name),
  )
  expect(refused.filter(([name, answer]) => answer !== '409 a900' || !withoutIdentifiers.test(name))).toEqual(
    [],
  )
  expect(stored.size).toBeGreaterThan(150)

  const repetitions = files.filter(isRepetition)
  const { status, body } = await store(repetitions)
  expect([200, 202]).toContain(status)
  expect(
    sequence(body, '00081199').length + sequence(body, '00081198').length + sequence(body, '0008119A').length,
  ).toBe(repetitions.length)
  expect(await heldThings(gateway)).toMatchObject({ spool: 0, unfinished: 0 })
}, 600_000)

test('whatever was stored can be asked for in every way without a server error', async () => {
  const faults: string[] = []
  const ask = async (name: string, path: string, accept: string) => {
    const as = stored.get(name)?.token ?? ''
    const response = await gateway.request(`/dicom-web${path}`, { as, headers: { Accept: accept } })
    const body = Buffer.from(await response.arrayBuffer())
    if (![200, 404, 406].includes(response.status)) {
      faults.push(
        `${name} ${path.replace(/.*instances.[\d.]+/, '')} ${response.status} ${body.toString().slice(0, 200)}`,
      )
    }
    return { status: response.status, body }
  }
  const asked = [...stored].filter(
    ([name], index) => !name.startsWith('large/') && (!name.includes('/fuzz/') || index % 5 === 0),
  )
  await inTurns(asked, async ([name, { path }]) => {
    const metadata = await ask(name, `${path}/metadata`, 'application/dicom+json')
    const [attributes] = JSON.parse(metadata.body.toString()) as DicomJson[]
    if (attributes?.['00080018'] === undefined) faults.push(`${name} metadata without SOP Instance UID`)
    await ask(name, path, 'application/dicom; transfer-syntax=*')
    await ask(name, path, 'application/dicom')
    await ask(
      name,
      `${path}/frames/1`,
      'multipart/related; type="application/octet-stream"; transfer-syntax=*',
    )
    await ask(name, `${path}/rendered?viewport=64,64`, 'image/jpeg')
    const [uri] = Object.values(attributes ?? {}).flatMap(({ BulkDataURI }) => BulkDataURI ?? [])
    if (uri !== undefined) {
      const { status } = await ask(name, uri.replace('http://gateway.test/dicom-web', ''), '*/*')
      if (status !== 200) faults.push(`${name} BulkDataURI ${status}`)
    }
  })
  expect(faults).toEqual([])
}, 600_000)
