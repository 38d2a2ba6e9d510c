import { readFile } from 'node:fs/promises'
import { corpusPath } from '@bitewing/testbed'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from './app.ts'
import { uint16 } from './dicom/testing.ts'
import { createPixels } from './pixels/create-pixels.ts'
import type { Pixels } from './pixels/pixels.ts'
import { misbehavingPixels } from './pixels/testing/tell-misbehaving-child.ts'
import { sequence, values, type DicomJson } from './testing/dicom-json.ts'
import { startTestGateway, type TestGateway } from './testing/start-test-gateway.ts'
import { storeBody } from './testing/store-body.ts'
import { testImage } from './testing/test-image.ts'

/*
 * 406 says that nothing acceptable can be produced (PS3.18 §8.7.5), and viewers take it for the last word; 503 that it
 * may be there later. A frame that took too long may have had no processor: 503 first, 406 where it happens again.
 */

let gateway: TestGateway
let token: string
const jpeg2000 = corpusPath('transfer-syntax/jpeg2000-lossless/CT1_J2KR')

/** The same gateway with other pixel processes. */
function appWith(pixels: Pixels) {
  const app = createApp({ ...gateway.system, pixels, metrics: new Registry() })
  return (path: string, accept: string) =>
    app.request(`http://gateway.test${path}`, {
      headers: { Authorization: `Bearer ${token}`, Accept: accept },
    })
}

/** Stores a file. @returns the path of its instance */
async function stored(file: Buffer): Promise<string> {
  const { path, init } = storeBody([file])
  const response = await gateway.request(path, { ...init, as: token })
  expect(response.status).toBe(200)
  const [reference] = sequence((await response.json()) as DicomJson, '00081199')
  return new URL(values(reference ?? {}, '00081190')[0] as string).pathname
}

beforeAll(async () => {
  gateway = await startTestGateway()
  token = await (await gateway.practice('north')).token(['read', 'write'])
})
afterAll(() => gateway.stop())

describe('a frame that is not decoded in its time', () => {
  let instance = ''
  const slow: Pixels[] = []
  beforeAll(async () => {
    instance = await stored(await readFile(jpeg2000))
  })
  afterAll(() => Promise.all(slow.map((pixels) => pixels.close())))

  // real processes and real frames, and less time than a process takes to start
  function withoutTime() {
    const pixels = createPixels({ processes: 1, timeoutMs: 1, memoryMaxMb: 1024 })
    slow.push(pixels)
    return appWith(pixels)
  }

  test.each([
    ['a picture', '/rendered', 'image/jpeg'],
    ['a frame', '/frames/1', 'multipart/related; type="application/octet-stream"'],
    ['an instance in HTJ2K', '', 'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.201'],
  ])(
    '%s: 503 with Retry-After, and 406 with the reason when it happens again',
    async (_what, path, accept) => {
      const get = withoutTime()
      const first = await get(instance + path, accept)
      expect(first.status).toBe(503)
      expect(first.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
      expect(first.headers.get('Cache-Control')).toBe('no-store')
      expect(await first.json()).toMatchObject({ type: 'urn:bitewing:problem:frame-timed-out', status: 503 })

      const second = await get(instance + path, accept)
      expect(second.status).toBe(406)
      expect(await second.json()).toMatchObject({
        title: expect.stringMatching(/longer than 1 ms/) as string,
      })
      // nothing of it is held against the image
      expect((await appWith(gateway.system.pixels)(instance + path, accept)).status).toBe(200)
    },
  )

  // what no decoder takes leaves as stored where no transfer syntax was asked for; a want of time is no such thing
  test('an instance for whom no transfer syntax was named is not sent compressed for want of time alone', async () => {
    const get = withoutTime()
    const accept = 'application/dicom'
    expect((await get(instance, accept)).status).toBe(503)
    const second = await get(instance, accept)
    expect([second.status, Buffer.from(await second.arrayBuffer()).equals(await readFile(jpeg2000))]).toEqual(
      [200, true],
    )
  })
})

test('a frame that crashes its process is 406, and the next frame has its picture', async () => {
  const [crashing, sound] = await Promise.all(
    ['crash', 'next'].map((frame) =>
      stored(
        testImage({
          attributes: {
            '00280010': ['US', uint16(1)],
            '00280011': ['US', uint16(frame.length)],
            '7FE00010': [
              'OW',
              Buffer.from(frame.padEnd(6, '\0').slice(0, frame.length + (frame.length % 2))),
            ],
          },
        }).file,
      ),
    ),
  )
  // its children do what a frame tells them
  const { pixels } = misbehavingPixels()
  const get = appWith(pixels)
  const native = 'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90'
  try {
    for (let time = 0; time < 2; time++) {
      const answer = await get(`${crashing}/rendered`, 'image/jpeg')
      expect(answer.status).toBe(406)
      expect(await answer.json()).toMatchObject({
        title: expect.stringMatching(/process .* ended/) as string,
      })
    }
    expect((await get(sound ?? '', native)).status).toBe(200)
  } finally {
    await pixels.close()
  }
})
