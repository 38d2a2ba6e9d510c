import { AsyncLocalStorage } from 'node:async_hooks'
import { randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { listDeletions } from '@bitewing/db'
import { dcmtk, temporaryFolder } from '@bitewing/testbed'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createApp } from './app.ts'
import { composeGateway, type GatewaySystem } from './compose.ts'
import { purgeDeletions } from './deletion/purge-deletions.ts'
import { readEnvironment } from './environment.ts'
import { startTestIngest, type TestIngest } from './ingest/start-test-ingest.ts'
import { values, type DicomJson } from './testing/dicom-json.ts'
import { readParts } from './testing/read-parts.ts'
import { storeBody } from './testing/store-body.ts'
import { newUid, testImage, type TestImage } from './testing/test-image.ts'
import type { TestPractice } from './testing/test-practice.ts'

/**
 * Two practices that hold the same UIDs, with the same bytes or with others, by STOW and by C-STORE in any order, and
 * delete, restore and purge in between: Orthanc, which names an instance by its UIDs, holds one of them at most.
 */
let ingest: TestIngest
let system: GatewaySystem
let app: ReturnType<typeof createApp>
const practices: { practice: TestPractice; token: string }[] = []

beforeAll(async () => {
  ingest = await startTestIngest({ plugin: true })
  system = await composeGateway(
    readEnvironment({
      ...ingest.variables,
      PORT: '0',
      PUBLIC_URL: 'http://gateway.test',
      DELETION_GRACE_DAYS: '0', // due at once, and purged when a step says so
    }),
  )
  app = createApp(system)
  for (const slug of ['ours', 'theirs', 'third']) {
    const practice = await ingest.practice(slug)
    practices.push({ practice, token: await practice.token(['read', 'write', 'delete']) })
  }
})
afterAll(async () => {
  await system.close()
  await ingest.stop()
})

type Who = 0 | 1
type Step =
  | { do: 'store'; who: Who; image: 0 | 1; variant: 0 | 1; by: 'stow' | 'c-store' }
  | { do: 'delete'; who: Who; image: 0 | 1 | 'study' }
  | { do: 'restore'; who: Who }
  | { do: 'purge' }
  /** Orthanc is given what was stored by STOW */
  | { do: 'fill' }
const who: fc.Arbitrary<Who> = fc.constantFrom(0, 1)
const zeroOrOne = fc.constantFrom<0 | 1>(0, 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('store' as const),
      who,
      image: zeroOrOne,
      variant: zeroOrOne,
      by: fc.constantFrom('stow' as const, 'c-store' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      who,
      image: fc.constantFrom(0 as const, 1 as const, 'study' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('purge' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fill' as const) }) },
)
const greys = [40, 200] as const

/** What a practice should have; images by 0 and 1, their content as variant. */
type Practice = {
  held: Map<number, number>
  /** may still be restored, by id of the deletion */
  deleted: { id: string; images: Map<number, number> }[]
  /** was there and is gone for good, unless it came anew */
  hadSomething: boolean
}

function ask(
  who: number,
  path: string,
  init: RequestInit = {},
  token = practices[who]?.token ?? '',
): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('Authorization', `Bearer ${token}`)
  return Promise.resolve(app.request(`http://gateway.test${path}`, { ...init, headers }))
}

function practiceOf(who: number): TestPractice {
  const practice = practices[who]?.practice
  if (!practice) throw new Error('no such practice')
  return practice
}

/** Sends an image and waits until whatever was sent before it has been looked at. */
async function sendAndSettle(who: Who, file: Uint8Array): Promise<void> {
  const practice = practiceOf(who)
  const last = testImage()
  expect(await ingest.send(practice.aeTitle, [file, last.file])).toEqual(['Success', 'Success'])
  await vi.waitFor(
    async () => {
      const rows = await ingest.rows(practice.id)
      expect(rows.map(({ sopInstanceUid }) => sopInstanceUid)).toContain(last.instance)
      const spool = await readdir(ingest.orthanc.spoolDirectory)
      expect(spool.filter((name) => /\.(json|dcm)$/.test(name))).toEqual([])
    },
    { timeout: 50_000, interval: 25 },
  )
}

/** All that is asked of one practice about the study. */
async function check(who: Who, study: string, images: readonly TestImage[][], model: Practice) {
  const { held } = model
  const gone = model.hadSomething ? 410 : 404
  const found = await ask(who, `/dicom-web/studies/${study}/instances`)
  expect(found.status).toBe(held.size > 0 ? 200 : gone)
  if (found.status === 200) expect(await found.json()).toHaveLength(held.size)
  const searched = (await (
    await ask(who, `/dicom-web/studies?StudyInstanceUID=${study}`)
  ).json()) as DicomJson[]
  expect(searched.map((one) => values(one, '00201208')[0])).toEqual(held.size > 0 ? [held.size] : [])

  for (const image of [0, 1]) {
    const { path = '' } = images[image]?.[0] ?? {}
    const variant = held.get(image)
    if (variant === undefined) {
      const wasThere = model.deleted.some((deletion) => deletion.images.has(image)) || everHad(model, image)
      for (const of of ['', '/metadata', '/frames/1', '/rendered', '/thumbnail', '/bulkdata'])
        expect((await ask(who, `/dicom-web${path}${of}`)).status, of).toBe(wasThere ? 410 : 404)
      expect((await ask(who, `/api${path}/original`)).status).toBe(wasThere ? 410 : 404)
      continue
    }
    const frames = await ask(who, `/dicom-web${path}/frames/1`, {
      headers: { Accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' },
    })
    const [frame] = await readParts(frames)
    expect([...new Set(frame?.bytes)]).toEqual([greys[variant]])
    const original = await ask(who, `/api${path}/original`)
    expect(original.status).toBe(200)
    const bytes = Buffer.from(await original.arrayBuffer())
    expect(bytes.includes(Buffer.alloc(256, greys[variant]))).toBe(true)
    expect(bytes.includes(Buffer.alloc(256, greys[variant === 0 ? 1 : 0]))).toBe(false)
  }
}

const had = new WeakMap<Practice, Set<number>>()
/** Whether the image was once deleted and purged there. */
function everHad(model: Practice, image: number): boolean {
  return had.get(model)?.has(image) ?? false
}

async function carryOut(
  step: Step,
  study: string,
  images: readonly TestImage[][],
  models: readonly Practice[],
) {
  if (step.do === 'fill') return ingest.fillArchive()
  if (step.do === 'purge') {
    await purgeDeletions(system)
    for (const [who, model] of models.entries()) {
      // what came again, or about which a conflict is undecided, waits: which those are is not what this is about
      const open = new Set((await listDeletions(system.db, practiceOf(who).id)).map(({ id }) => id))
      for (const { id, images: of } of model.deleted)
        if (!open.has(id)) for (const image of of.keys()) had.get(model)?.add(image)
      model.deleted = model.deleted.filter(({ id }) => open.has(id))
    }
    return
  }
  const model = models[step.who]
  if (!model) return
  if (step.do === 'restore') {
    const restored = model.deleted.flatMap((deletion) => [...deletion.images])
    const response = await ask(step.who, `/api/studies/${study}/restore`, { method: 'POST' })
    expect(response.status).toBe(restored.length > 0 ? 200 : 404)
    for (const [image, variant] of restored) model.held.set(image, variant)
    model.deleted = []
    model.hadSomething = (had.get(model)?.size ?? 0) > 0
    return
  }
  if (step.do === 'delete') {
    const path = step.image === 'study' ? `/studies/${study}` : (images[step.image]?.[0]?.path ?? '')
    const going = [...model.held].filter(([image]) => step.image === 'study' || step.image === image)
    const response = await ask(step.who, `/dicom-web${path}`, { method: 'DELETE' })
    if (going.length === 0) return expect([404, 410]).toContain(response.status)
    expect(response.status).toBe(204)
    for (const [image] of going) model.held.delete(image)
    const [newest] = await listDeletions(system.db, practiceOf(step.who).id)
    model.deleted.push({ id: newest?.id ?? '', images: new Map(going) })
    model.hadSomething = true
    return
  }
  const { image, variant, by } = step
  const file = images[image]?.[variant]?.file ?? Buffer.alloc(0)
  const before = model.held.get(image)
  // what is deleted and may still come back takes nothing; so does the study when nothing of it is left
  const refused =
    model.deleted.some((deletion) => deletion.images.has(image)) ||
    (model.held.size === 0 && model.deleted.length > 0)
  if (by === 'c-store') await sendAndSettle(step.who, file)
  else {
    const { path, init } = storeBody([file])
    const expected = !refused && (before === undefined || before === variant) ? 200 : 409
    expect((await ask(step.who, path, init)).status).toBe(expected)
  }
  if (before !== undefined || refused) return
  model.held.set(image, variant)
}

test('each practice gets its own bytes, counts and search results, whatever the other holds, deletes and restores', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), async (steps) => {
      const [study, series] = [newUid(), newUid()]
      const images = [newUid(), newUid()].map((instance): TestImage[] =>
        greys.map((grey) => testImage({ study, series, instance, grey })),
      )
      const models = [0, 1].map((): Practice => ({ held: new Map(), deleted: [], hadSomething: false }))
      for (const model of models) had.set(model, new Set())
      for (const one of steps) {
        await carryOut(one, study, images, models)
        // a third practice is told nothing of either
        expect((await ask(2, `/dicom-web/studies/${study}`)).status).toBe(404)
      }
      for (const [who, model] of models.entries()) await check(who === 0 ? 0 : 1, study, images, model)
    }),
    { numRuns: 12, seed: 20261121 },
  )
})

// Nothing in an answer differs but what names the practice itself: not its status, its headers, its length, nor how
// many statements Postgres was asked for it, which is what its time hangs on.
test('no answer tells whether another practice has the same: bytes, headers and work are the same', async () => {
  // UIDs of one length, which lengths of answers follow
  const uid = () => `2.25.1${String(randomInt(1e11, 1e12))}${String(randomInt(1e11, 1e12))}`
  const imageOfItsOwn = () => testImage({ study: uid(), series: uid(), instance: uid() })
  const store = async (who: number, image: TestImage) => {
    const { path, init } = storeBody([image.file])
    return ask(who, path, init)
  }

  const questions = (image: TestImage): [string, string, RequestInit?][] => [
    ['GET', `/dicom-web/studies?StudyInstanceUID=${image.study}`],
    ['GET', `/dicom-web/instances?SOPInstanceUID=${image.instance}`],
    ...['', '/metadata', '/frames/1', '/rendered', '/thumbnail', '/bulkdata', '/pixeldata'].map(
      (of): [string, string] => ['GET', `/dicom-web${image.path}${of}`],
    ),
    ['GET', `/dicom-web/studies/${image.study}/metadata`],
    ['GET', `/api${image.path}/original`],
    ['GET', `/renditions/${image.study}/${image.series}/${image.instance}/1/50.jpg`],
    [
      'GET',
      `/wado?requestType=WADO&studyUID=${image.study}&seriesUID=${image.series}&objectUID=${image.instance}`,
    ],
    ['DELETE', `/dicom-web${image.path}`],
    ['POST', `/api/studies/${image.study}/restore`],
    ['POST', '/dicom-web/studies', storeBody([image.file]).init],
    ['POST', '/dicom-web/studies', storeBody([image.file]).init], // held by now
  ]
  const answers = async (image: TestImage) => {
    const all = []
    for (const [method, path, init] of questions(image)) {
      // a credential of its own: what is known of one for half a second would be asked now and then
      const token = await practiceOf(0).token(['read', 'write', 'delete'])
      const { statements, answer } = await countingStatements(() => ask(0, path, { ...init, method }, token))
      const body = Buffer.from(await answer.arrayBuffer()).toString('latin1')
      const plain = (text: string) =>
        text
          .replaceAll(image.study, 'STUDY')
          .replaceAll(image.series, 'SERIES')
          .replaceAll(image.instance, 'INSTANCE')
          .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
      const headers = [...answer.headers]
        .filter(([name]) => name !== 'x-request-id')
        .map(([name, value]) => `${name}: ${plain(value)}`)
      all.push({ method, path: plain(path), status: answer.status, headers, body: plain(body), statements })
    }
    return all
  }
  await answers(imageOfItsOwn()) // what is done once, like the first rendering of an icon
  // what is asked for anew after a while, like the practice's key, is not asked for by one of the two alone
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now())
  try {
    const [known, unknown] = [imageOfItsOwn(), imageOfItsOwn()]
    expect((await store(1, known)).status).toBe(200)
    expect(await answers(known)).toEqual(await answers(unknown))
  } finally {
    clock.mockRestore()
  }
})

/** Statements that Postgres is asked on behalf of one request, and not by what goes on beside it. */
async function countingStatements(work: () => Promise<Response>) {
  const asked = { statements: 0 }
  const client = await system.db.client.connect()
  const prototype = Object.getPrototypeOf(client) as { query(...given: unknown[]): unknown }
  client.release()
  const { query } = prototype
  prototype.query = function (this: unknown, ...given) {
    const request = underCount.getStore()
    if (request) request.statements++
    return query.apply(this, given)
  }
  try {
    return { answer: await underCount.run(asked, work), ...asked }
  } finally {
    prototype.query = query
  }
}
const underCount = new AsyncLocalStorage<{ statements: number }>()

// Orthanc would answer these itself, for every practice at once.
test('over DIMSE nobody finds, gets or moves anything, by whatever AE titles', async () => {
  const image = testImage()
  const { path, init } = storeBody([image.file])
  expect((await ask(1, path, init)).status).toBe(200)
  await ingest.fillArchive()
  const folder = await temporaryFolder('dimse')
  const port = String(ingest.orthanc.dicomPort)
  const called = [...practices.map(({ practice }) => practice.aeTitle), 'ORTHANC', 'NOBODY']
  const refusal = /abort|reject|refused|no acceptable presentation context/i
  const calling = ['PANO', practiceOf(1).aeTitle, 'ORTHANC']
  for (const [at, aec] of called.entries()) {
    const aet = calling[at % calling.length] ?? 'PANO'
    const titles = ['-aet', aet, '-aec', aec, '127.0.0.1', port]
    const keys = ['-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=${image.study}`]
    for (const level of ['-S', '-P']) {
      const find = await dcmtk('findscu', ['-v', level, ...keys, '-k', 'PatientName', ...titles])
      expect(find.stdout + find.stderr).toMatch(refusal)
      const get = await dcmtk('getscu', ['-v', level, '-od', folder.path, ...keys, ...titles])
      expect(get.stdout + get.stderr).toMatch(refusal)
      const move = await dcmtk('movescu', ['-v', level, '-aem', aet, ...keys, ...titles])
      expect(move.stdout + move.stderr).toMatch(refusal)
    }
    const worklist = await dcmtk('findscu', ['-v', '-W', '-k', 'PatientName', ...titles])
    expect(worklist.stdout + worklist.stderr).toMatch(refusal)
  }
  expect(await readdir(folder.path)).toEqual([])
  await folder.remove()
})
