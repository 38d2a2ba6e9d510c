import { afterAll, beforeAll, expect, test } from 'vitest'
import { values, type DicomJson } from '../testing/dicom-json.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { newUid, testImage } from '../testing/test-image.ts'

/** Room for three of the images' metadata, and not for four. */
const bytesMax = 20_000

let gateway: TestGateway
let token: string
const [study, series] = [newUid(), newUid()]
const image = (number: number, bytes: number) =>
  testImage({
    study,
    series,
    attributes: { '00200013': ['IS', String(number)], '00204000': ['LT', 'x'.repeat(bytes)] },
  })
const images = [1, 2, 3, 4, 5, 6, 7].map((number) => image(number, 5000))
const huge = image(8, 30_000)

beforeAll(async () => {
  gateway = await startTestGateway({ SEARCH_BYTES_MAX: String(bytesMax), SEARCH_RESULTS_MAX: '100' })
  token = await (await gateway.practice('north')).token(['read', 'write'])
  const { path, init } = storeBody([...images, huge].map(({ file }) => file))
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
})
afterAll(() => gateway.stop())

async function page(path: string) {
  const response = await gateway.request(`/dicom-web${path}`, { as: token })
  expect(response.status).toBe(200)
  const results = (await response.json()) as DicomJson[]
  const [, left] = /There are (\d+) additional results/.exec(response.headers.get('Warning') ?? '') ?? []
  return {
    found: results.map((result) => values(result, '00080018')[0]),
    comments: results.flatMap((result) => values(result, '00204000')),
    left: left === undefined ? null : Number(left),
  }
}

test.each([
  ['/instances', 'all'],
  [`/studies/${study}/instances`, 'ImageComments'],
  [`/studies/${study}/series/${series}/instances`, 'all'],
])(
  '%s with includefield=%s ends where its bytes end, says what is left, and goes on from there',
  async (path, field) => {
    const found: unknown[] = []
    let left: number | null
    let pages = 0
    do {
      const next = await page(`${path}?includefield=${field}&limit=50&offset=${found.length}`)
      expect(next.comments.join('').length).toBeLessThanOrEqual(pages < 2 ? bytesMax : 30_000)
      expect(next.comments).toHaveLength(next.found.length)
      found.push(...next.found)
      left = next.left
      expect(left ?? 0).toBe(8 - found.length)
      pages++
    } while (left !== null)
    expect(found).toEqual([...images, huge].map(({ instance }) => instance))
    expect(pages).toBe(4) // 3, 3, 1 and the one that is larger by itself
  },
)

test('without includefield a page is as long as was asked for', async () => {
  const { found, left } = await page('/instances?limit=50')
  expect([found.length, left]).toEqual([8, null])
})

test('what was asked for and fits is not cut, and a limit still is one', async () => {
  expect(await page('/instances?includefield=all&limit=2')).toMatchObject({ left: 6 })
  expect((await page('/instances?includefield=all&limit=2&offset=20')).found).toEqual([])
})
