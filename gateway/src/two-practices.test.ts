import { readdir } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createApp } from './app.ts'
import { composeGateway, type GatewaySystem } from './compose.ts'
import { readEnvironment } from './environment.ts'
import { startTestIngest, type TestIngest } from './ingest/start-test-ingest.ts'
import { readParts } from './testing/read-parts.ts'
import { storeBody } from './testing/store-body.ts'
import { newUid, testImage, type TestImage } from './testing/test-image.ts'
import type { TestPractice } from './testing/test-practice.ts'

/**
 * Two practices that hold the same UIDs, with the same bytes or with others, by STOW and by C-STORE in any order:
 * Orthanc, which names an instance by its UIDs, holds one of them at most.
 */
let ingest: TestIngest
let system: GatewaySystem
let app: ReturnType<typeof createApp>
const practices: { practice: TestPractice; token: string }[] = []

beforeAll(async () => {
  ingest = await startTestIngest({ plugin: true })
  system = await composeGateway(
    readEnvironment({ ...ingest.variables, PORT: '0', PUBLIC_URL: 'http://gateway.test' }),
  )
  app = createApp(system)
  for (const slug of ['ours', 'theirs']) {
    const practice = await ingest.practice(slug)
    practices.push({ practice, token: await practice.token(['read', 'write']) })
  }
})
afterAll(async () => {
  await system.close()
  await ingest.stop()
})

type Step = { who: 0 | 1; image: 0 | 1; variant: 0 | 1; by: 'stow' | 'c-store' }
const step: fc.Arbitrary<Step> = fc.record({
  who: fc.constantFrom(0, 1),
  image: fc.constantFrom(0, 1),
  variant: fc.constantFrom(0, 1),
  by: fc.constantFrom('stow', 'c-store'),
})
const greys = [40, 200] as const

function ask(who: 0 | 1, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('Authorization', `Bearer ${practices[who]?.token ?? ''}`)
  return Promise.resolve(app.request(`http://gateway.test${path}`, { ...init, headers }))
}

/** Sends an image and waits until whatever was sent before it has been looked at. */
async function sendAndSettle(who: 0 | 1, file: Uint8Array): Promise<void> {
  const practice = practices[who]?.practice
  if (!practice) throw new Error('no such practice')
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

test('each practice gets its own bytes, counts and search results, whatever the other holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
      const [study, series] = [newUid(), newUid()]
      const uids = [newUid(), newUid()]
      const images = uids.map((instance): TestImage[] =>
        greys.map((grey) => testImage({ study, series, instance, grey })),
      )
      // what each should hold: the variant of each image that came first
      const held = [new Map<number, number>(), new Map<number, number>()] as const

      for (const { who, image, variant, by } of steps) {
        const file = images[image]?.[variant]?.file ?? Buffer.alloc(0)
        const before = held[who].get(image)
        if (by === 'c-store') await sendAndSettle(who, file)
        else {
          const { path, init } = storeBody([file])
          const expected = before === undefined || before === variant ? 200 : 409
          expect((await ask(who, path, init)).status).toBe(expected)
        }
        if (before === undefined) held[who].set(image, variant)
      }

      for (const who of [0, 1] as const) {
        const found = await ask(who, `/dicom-web/studies/${study}/instances`)
        expect(found.status).toBe(held[who].size > 0 ? 200 : 404)
        if (found.status === 200) expect(await found.json()).toHaveLength(held[who].size)
        const searched = await ask(who, `/dicom-web/studies?StudyInstanceUID=${study}`)
        expect(await searched.json()).toHaveLength(held[who].size > 0 ? 1 : 0)

        for (const image of [0, 1]) {
          const path = `/dicom-web${images[image]?.[0]?.path ?? ''}`
          const variant = held[who].get(image)
          if (variant === undefined) {
            for (const of of ['', '/metadata', '/frames/1', '/rendered', '/thumbnail', '/bulkdata'])
              expect((await ask(who, path + of)).status, of).toBe(404)
            continue
          }
          const frames = await ask(who, `${path}/frames/1`, {
            headers: { Accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' },
          })
          const [frame] = await readParts(frames)
          expect([...new Set(frame?.bytes)]).toEqual([greys[variant]])
          const whole = await ask(who, path, {
            headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
          })
          const [file] = await readParts(whole)
          expect(file?.bytes.includes(Buffer.alloc(256, greys[variant]))).toBe(true)
        }
      }
    }),
    { numRuns: 8, seed: 20261121 },
  )
})
