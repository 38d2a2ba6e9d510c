import { axeOf } from '../axe-of.ts'
import { expect, type Page } from '@playwright/test'
import sharp from 'sharp'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'
import { realImages } from './real-images.ts'

const patient = { patientName: 'Roy^Léa', patientId: 'V-1' }
const side = 96
const scaled = newUid()
const bare = newUid()
const pair = newUid()
const nine = { studyInstanceUid: newUid(), seriesInstanceUid: newUid() }
const film = { frames: 6, frameTimeMs: 90 }
const firstFilm = newUid()
const aFilm = `${nine.studyInstanceUid}?image=${firstFilm}`
const real = newUid()

/** Four bright columns, left of the middle, on a grey that tells the frame. */
const bar = (x: number, _y: number, frame: number) => (x >= 44 && x < 48 ? 250 : greyOf(frame))
const greyOf = (frame: number) => 20 * frame

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [
    dicomFile({ ...patient, studyInstanceUid: scaled, imagerPixelSpacing: '0.5\\0.5' }),
    dicomFile({ ...patient, studyInstanceUid: bare }),
    dicomFile({ ...patient, studyInstanceUid: pair, number: 1 }),
    dicomFile({ ...patient, studyInstanceUid: pair, number: 2, shade: 220 }),
    dicomFile({ ...patient, ...nine, sopInstanceUid: firstFilm, number: 1, film, draw: bar }),
    dicomFile({ ...patient, ...nine, number: 2, film, draw: bar }),
    ...[3, 4, 5, 6, 7, 8, 9].map((number) => dicomFile({ ...patient, ...nine, number, shade: 200 })),
    ...(await realImages([
      {
        ...patient,
        file: 'wrapped/io_periapical_12bit.dcm',
        studyDate: '20261120',
        studyInstanceUid: real,
      },
    ])),
  ])
})

async function open(page: Page, studyInstanceUid: string) {
  await page.goto(`/view/${studyInstanceUid}`)
  await ready(page)
  await expect(page.locator('[data-pane="1"]')).toHaveAttribute('data-state', 'picture')
}

/** Where a place of the frame lies in the window, while the frame fits its pane. */
async function at(page: Page, column: number, row: number) {
  const box = await page.locator('[data-pane="1"]').boundingBox()
  if (!box) throw new Error('no pane')
  const scale = Math.min(box.width, box.height) / side
  return {
    x: box.x + box.width / 2 + (column - side / 2) * scale,
    y: box.y + box.height / 2 + (row - side / 2) * scale,
  }
}

async function drag(page: Page, from: [number, number], to: [number, number]) {
  const [start, end] = [await at(page, ...from), await at(page, ...to)]
  await page.mouse.move(start.x, start.y)
  await page.mouse.down()
  await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2)
  await page.mouse.move(end.x, end.y)
  await page.mouse.up()
}

/** Brightness of what is shown at a place of the frame, 0 to 255. */
async function brightness(page: Page, column: number, row: number): Promise<number> {
  return brightnessAt(page, await at(page, column, row))
}
/** The same at a place of the window. */
async function brightnessAt(page: Page, { x, y }: { x: number; y: number }): Promise<number> {
  const picture = await page.screenshot({ clip: { x: x - 2, y: y - 2, width: 4, height: 4 } })
  const { channels } = await sharp(picture).stats()
  return channels[0]?.mean ?? -1
}

type Box = { x: number; y: number; width: number; height: number }
/** Brightness of a part of the window, row after row. */
async function levels(page: Page, clip: Box): Promise<Uint8Array> {
  const { data } = await sharp(await page.screenshot({ clip }))
    .extractChannel('red')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return new Uint8Array(data)
}
const meanOf = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, each) => sum + each, 0) / values.length
const deviation = (values: ArrayLike<number>) => {
  const mean = meanOf(values)
  return Math.sqrt(meanOf(Array.from(values, (value) => (value - mean) ** 2)))
}
/** How much pixels beside each other differ, on average. */
const roughness = (values: Uint8Array) =>
  meanOf(Array.from(values.subarray(1), (value, index) => Math.abs(value - (values[index] ?? 0))))
/** Where two pictures differ most, in a middle of some pixels, and by how much. */
function mostChanged(before: Uint8Array, after: Uint8Array, width: number) {
  const size = 8
  let most = { x: 0, y: 0, difference: 0 }
  for (let y = 0; y + size <= before.length / width; y += size) {
    for (let x = 0; x + size <= width; x += size) {
      let sum = 0
      for (let at = 0; at < size * size; at++) {
        const index = (y + Math.floor(at / size)) * width + x + (at % size)
        sum += (after[index] ?? 0) - (before[index] ?? 0)
      }
      const difference = Math.abs(sum) / size ** 2
      if (difference > most.difference) most = { x: x + size / 2, y: y + size / 2, difference }
    }
  }
  return most
}

const paneOf = (page: Page, number: number) => page.locator(`[data-pane="${number}"]`)
const magnifier = (page: Page) => paneOf(page, 1).locator('[data-lens]')
/** The area that the list tells of what is drawn, by the number and the unit it is written with. */
async function area(page: Page, what: RegExp): Promise<[number, string]> {
  const [, number = '', unit = ''] =
    /([\d\s]+(?:,\d+)?)\s(mm²|px²)/.exec(await row(page, what).innerText()) ?? []
  return [Number(number.replace(/\s/g, '').replace(',', '.')), unit]
}
async function trace(page: Page, outline: readonly (readonly [number, number])[]) {
  for (const [index, [column, line]] of outline.entries()) {
    const { x, y } = await at(page, column, line)
    await page.mouse.move(x, y, { steps: 4 })
    if (index === 0) await page.mouse.down()
  }
  await page.mouse.up()
}

const list = (page: Page) => page.getByRole('complementary')
const row = (page: Page, what: RegExp) => list(page).getByRole('listitem').filter({ hasText: what })

async function showList(page: Page) {
  if ((await list(page).count()) === 0) await page.keyboard.press('n')
  await expect(list(page)).toBeVisible()
}

// the system of these tests makes none unasked
test('a picture in AVIF, which pages get once it is made, is one to the browser', async ({
  staffPage: page,
  system,
}) => {
  const image = { studyInstanceUid: newUid(), seriesInstanceUid: newUid(), sopInstanceUid: newUid() }
  await store(system.url, system.demo.token, [dicomFile({ ...patient, ...image })])
  const names = [image.studyInstanceUid, image.seriesInstanceUid, image.sopInstanceUid]
  const address = `/renditions/${names.join('/')}/1/512.avif`
  const answer = await page.request.get(address)
  expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'image/avif'])
  await page.goto('/')
  // as text: this project's types know no browser
  const size = await page.evaluate(
    `(async () => { const picture = new Image(); picture.src = ${JSON.stringify(address)}; await picture.decode();
      return [picture.naturalWidth, picture.naturalHeight] })()`,
  )
  expect(size).toEqual([side, side])
})

test('from the timeline into the viewer: the preview stands where the picture will, and the picture takes its place', async ({
  staffPage,
}) => {
  await staffPage.goto('/?q=roy')
  await staffPage.getByRole('link', { name: /Roy, Léa/ }).click()
  await staffPage
    .getByRole('link', { name: /Voir et mesurer/ })
    .first()
    .click()
  await staffPage.waitForURL(/\/view\//)
  const pane = staffPage.locator('[data-pane="1"]')
  await expect(pane).toHaveAttribute('data-state', 'picture')
  await expect(staffPage.getByRole('link', { name: /OHIF/ })).toHaveAttribute('href', /^\/viewer\/\?Study/)
  await expect(staffPage.locator('header').first()).toContainText('20 novembre 2026')
  // on paper: whose it is and of when, dark on white
  await staffPage.emulateMedia({ media: 'print' })
  await expect(staffPage.getByText('Roy, Léa', { exact: true }).filter({ visible: true })).toBeVisible()
  const corner = await staffPage.screenshot({ clip: { x: 2, y: 2, width: 4, height: 4 } })
  expect((await sharp(corner).stats()).channels[0]?.mean).toBe(255)
})

test('pixels are shown with their window, inverted, turned and flipped, and say so', async ({
  staffPage,
}) => {
  const page = staffPage
  await open(page, scaled)
  // the disc of 160 on a slope from 0 to 60
  expect(await brightness(page, 48, 48)).toBeCloseTo(160, -1)
  expect(await brightness(page, 90, 48)).toBeCloseTo(56, -1)
  expect(await brightness(page, 5, 48)).toBeLessThan(12)
  await page.keyboard.press('i')
  await expect.poll(() => brightness(page, 48, 48)).toBeCloseTo(95, -1)
  await expect(page.locator('[data-pane="1"]')).toContainText('Inversée')
  await page.keyboard.press('i')
  await page.keyboard.press('h')
  await expect.poll(() => brightness(page, 5, 48)).toBeGreaterThan(40)
  await expect(page.locator('[data-pane="1"]')).toContainText('Retournée')
  await page.keyboard.press(']')
  await expect.poll(() => brightness(page, 48, 5)).toBeGreaterThan(40)
  await page.keyboard.press('0')
  await expect.poll(() => brightness(page, 5, 48)).toBeLessThan(12)
  // dragging to the right widens, down darkens
  await drag(page, [40, 40], [40, 70])
  await expect.poll(() => brightness(page, 48, 48)).toBeLessThan(130)
})

test('a length is in millimetres at the detector where nothing more is known, and is kept for everybody', async ({
  staffPage: page,
  browser,
  system,
}) => {
  await open(page, scaled)
  await showList(page)
  await page.keyboard.press('l')
  await drag(page, [20, 50], [60, 50])
  await expect(row(page, /Longueur/)).toContainText('20,0 mm')
  await expect(row(page, /Longueur/)).toContainText('au détecteur')
  await expect(list(page)).toContainText('Tout est enregistré')

  const context = await browser.newContext({ baseURL: system.url })
  const colleague = await context.newPage()
  await actAs(colleague, system, 'assistant')
  await open(colleague, scaled)
  await showList(colleague)
  await expect(row(colleague, /Longueur/)).toContainText('20,0 mm')
  // what a colleague draws shows here without a reload
  await colleague.keyboard.press('t')
  const spot = await at(colleague, 70, 70)
  await colleague.mouse.click(spot.x, spot.y)
  await colleague.keyboard.type('Lésion apicale')
  await colleague.keyboard.press('Enter')
  await expect(list(colleague)).toContainText('Tout est enregistré')
  await expect(row(page, /Lésion apicale/)).toBeVisible()
  await context.close()

  // taken away, and brought back
  await page.getByRole('button', { name: /^Supprimer Longueur/ }).click()
  await expect(row(page, /Longueur/)).toHaveCount(0)
  await page.getByRole('status').getByRole('button', { name: 'Annuler' }).click()
  await expect(row(page, /Longueur/)).toContainText('20,0 mm')

  // by keys alone, from wherever the focus is
  await page.getByRole('button', { name: 'Disposition' }).focus()
  await page.keyboard.press('l')
  await page.keyboard.press('Enter')
  await expect(page.locator('[data-aim]')).toBeVisible()
  await page.keyboard.press('Enter')
  for (let step = 0; step < 5; step++) await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Enter')
  await expect(row(page, /Longueur/)).toHaveCount(2)
  await expect(page.locator('[data-aim]')).toHaveCount(0)
  await page.keyboard.press('Control+z')
  await expect(row(page, /Longueur/)).toHaveCount(1)
  await expect(list(page)).toContainText('Tout est enregistré')
  await open(page, scaled)
  await showList(page)
  await expect(row(page, /Longueur/)).toContainText('20,0 mm')

  // for other viewers: a report and a presentation state
  await page.getByRole('button', { name: 'Enregistrer en DICOM' }).click()
  await expect(page.getByText('Enregistré en DICOM avec l’étude : 2 objets')).toBeVisible()
})

test('without a scale there are pixels and no millimetres, until somebody calibrates on a known length', async ({
  staffPage: page,
}) => {
  await open(page, bare)
  await showList(page)
  await page.keyboard.press('l')
  await drag(page, [20, 50], [60, 50])
  await expect(row(page, /Longueur/)).toContainText('40 px')
  await expect(row(page, /Longueur/)).toContainText('pixels seulement')
  await expect(list(page)).not.toContainText(/\d mm/)
  await page.keyboard.press('k')
  await drag(page, [20, 70], [40, 70])
  const dialog = page.getByRole('dialog', { name: /Étalonner/ })
  await dialog.getByRole('textbox').fill('about')
  await dialog.getByRole('button', { name: 'Étalonner' }).click()
  await expect(dialog).toContainText('Un nombre entre 0 et 1000')
  await dialog.getByRole('textbox').fill('5')
  await dialog.getByRole('button', { name: 'Étalonner' }).click()
  await expect(row(page, /Longueur/)).toContainText('10,0 mm')
  await expect(row(page, /Longueur/)).toContainText('étalonné à la main')
  await expect(list(page)).toContainText('Tout est enregistré')
  // as the server measures it
  await open(page, bare)
  await showList(page)
  await expect(row(page, /Longueur/)).toContainText('10,0 mm')
})

test('what is drawn and written while the network is away is kept on the device, and saved by the next page', async ({
  staffPage: page,
  context,
}) => {
  await open(page, pair)
  await showList(page)
  await context.setOffline(true)
  await page.keyboard.press('t')
  const spot = await at(page, 30, 30)
  await page.mouse.click(spot.x, spot.y)
  await page.keyboard.type('Sans réseau')
  await expect(list(page)).toContainText('Pas encore enregistré')
  page.on('dialog', (dialog) => void dialog.accept())
  await page.close()

  await context.setOffline(false)
  const next = await context.newPage()
  await open(next, pair)
  await showList(next)
  await expect(row(next, /Sans réseau/)).toBeVisible()
  await expect(list(next)).toContainText('Tout est enregistré')
  await open(next, pair)
  await showList(next)
  await expect(row(next, /Sans réseau/)).toHaveCount(1)
})

test('areas are square millimetres where a scale is known, and square pixels where none is, also after a reload', async ({
  staffPage: page,
}) => {
  const square = [20, 60, 40, 80] as const
  const outline = (way: readonly number[]) => {
    const [left = 0, top = 0, right = 0, bottom = 0] = way
    return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top + 1]] as const // prettier-ignore
  }
  await open(page, aFilm)
  await showList(page)
  await page.keyboard.press('e')
  await drag(page, [28, 20], [68, 40])
  await expect(row(page, /Ellipse/)).toContainText('pixels seulement')
  const [flat, flatUnit] = await area(page, /Ellipse/)
  expect(flatUnit).toBe('px²')
  expect(Math.abs(flat - (Math.PI / 4) * 40 * 20)).toBeLessThan(8)
  await page.keyboard.press('o')
  await trace(page, outline(square))
  await expect(row(page, /Contour/)).toContainText('pixels seulement')
  const [pixels, pixelUnit] = await area(page, /Contour/)
  expect(pixelUnit).toBe('px²')
  expect(Math.abs(pixels - 400)).toBeLessThan(12)
  await expect(list(page)).not.toContainText('mm')
  await expect(paneOf(page, 1)).not.toContainText('mm')
  await expect(list(page)).toContainText('Tout est enregistré')

  await open(page, scaled)
  await showList(page)
  await page.keyboard.press('e')
  await drag(page, [28, 20], [68, 40])
  const ellipse = (Math.PI / 4) * 20 * 10
  await expect.poll(async () => Math.abs((await area(page, /Ellipse/))[0] - ellipse)).toBeLessThan(1)
  await page.keyboard.press('o')
  await trace(page, outline(square))
  await expect.poll(async () => Math.abs((await area(page, /Contour/))[0] - 100)).toBeLessThan(3)
  const drawn = [await area(page, /Ellipse/), await area(page, /Contour/)]
  expect(drawn.map(([, unit]) => unit)).toEqual(['mm²', 'mm²'])
  await expect(row(page, /Ellipse/)).toContainText('au détecteur')
  await expect(list(page)).toContainText('Tout est enregistré')
  // as the server measures them
  await open(page, scaled)
  await showList(page)
  await expect(row(page, /Contour/)).toBeVisible()
  expect([await area(page, /Ellipse/), await area(page, /Contour/)]).toEqual(drawn)
})

test('the magnifier shows three times what is under it, in its window and its frame', async ({
  staffPage: page,
}) => {
  await open(page, aFilm)
  const box = await paneOf(page, 1).boundingBox()
  if (!box) throw new Error('no pane')
  const unit = Math.min(box.width, box.height) / side
  await page.keyboard.press('m')
  await expect(magnifier(page)).toBeHidden()
  const middle = await at(page, 46, 48)
  await page.mouse.move(middle.x, middle.y)
  await expect(magnifier(page)).toBeVisible()
  const round = await magnifier(page).boundingBox()
  if (!round) throw new Error('no magnifier')
  expect(round.x + round.width / 2).toBeCloseTo(middle.x, 0)
  // across it: the bar of four columns in the middle, three times as wide as in the pane
  const across = { x: round.x + 6, y: middle.y, width: round.width - 12, height: 1 }
  const bright = async () => (await levels(page, across)).filter((level) => level > 135).length
  await expect.poll(bright).toBeGreaterThan(3 * 4 * unit * 0.94)
  expect(await bright()).toBeLessThan(3 * 4 * unit * 1.06)
  // beside the bar, where the pane beneath shows what the glass does not reach
  const beside = { x: middle.x + 80, y: middle.y }
  expect(await brightnessAt(page, beside)).toBeCloseTo(greyOf(1), -1)
  await page.mouse.wheel(0, 100)
  await expect.poll(() => brightnessAt(page, beside)).toBeCloseTo(greyOf(2), -1)
  await page.keyboard.press('i')
  await expect.poll(() => brightnessAt(page, beside)).toBeCloseTo(255 - greyOf(2), -1)
  expect((await levels(page, across)).filter((level) => level < 110).length).toBeGreaterThan(
    3 * 4 * unit * 0.94,
  )
  await page.keyboard.press('w')
  await expect(magnifier(page)).toBeHidden()
})

test('levels are dragged on the histogram, and keys work where a slider has the focus', async ({
  staffPage: page,
}) => {
  await open(page, scaled)
  await page.keyboard.press('g')
  const chart = page.getByRole('img', { name: /niveau de gris/ })
  const box = await chart.boundingBox()
  if (!box) throw new Error('no histogram')
  const move = async (from: number, to: number) => {
    await page.mouse.move(box.x + (box.width * from) / 256, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + (box.width * to) / 256, box.y + 20, { steps: 3 })
    await page.mouse.up()
  }
  // white comes down to the disc's 160, then all of it is moved by 40
  await move(255, 160)
  await expect.poll(() => brightness(page, 48, 48)).toBeGreaterThan(251)
  expect(await brightness(page, 90, 48)).toBeCloseTo((56 / 160) * 255, -1)
  await expect(paneOf(page, 1)).toContainText(/L 16[0-2] · C 8[01]/)
  await move(80, 120)
  await expect.poll(() => brightness(page, 48, 48)).toBeCloseTo((120 / 160) * 255, -1)
  expect(await brightness(page, 90, 48)).toBeCloseTo((16 / 160) * 255, -1)
  // black goes up alone
  await move(40, 100)
  await expect.poll(() => brightness(page, 48, 48)).toBeCloseTo((60 / 100) * 255, -1)
  expect(await brightness(page, 90, 48)).toBeLessThan(5)

  const center = page.getByRole('slider', { name: 'Centre' })
  await center.focus()
  const before = Number(await center.inputValue())
  await page.keyboard.press('ArrowRight')
  await expect.poll(async () => Number(await center.inputValue())).toBeGreaterThan(before)
  await page.keyboard.press('1')
  await expect(page.getByRole('button', { name: /D’origine/ })).toHaveAttribute('aria-pressed', 'true')
  await expect.poll(() => brightness(page, 48, 48)).toBeCloseTo(160, -1)
  await page.keyboard.press('i')
  await expect.poll(() => brightness(page, 48, 48)).toBeCloseTo(95, -1)
})

test('local contrast and sharpening bring out what is there on a real periapical, say so, and are taken back to the pixel', async ({
  staffPage: page,
}) => {
  await open(page, real)
  const pane = paneOf(page, 1)
  const box = await pane.boundingBox()
  if (!box) throw new Error('no pane')
  // bone and roots, in the middle
  const part = { x: box.x + box.width / 2 - 120, y: box.y + box.height / 2 - 90, width: 240, height: 180 }
  const plain = await levels(page, part)

  await page.keyboard.press('q')
  await expect(pane).toContainText('Contraste local')
  await expect.poll(async () => deviation(await levels(page, part))).toBeGreaterThan(1.3 * deviation(plain))
  // the magnifier shows the same, where it changed most
  const most = mostChanged(plain, await levels(page, part), part.width)
  const spot = { x: part.x + most.x, y: part.y + most.y }
  const equalised = await brightnessAt(page, spot)
  await page.keyboard.press('m')
  await page.mouse.move(spot.x, spot.y)
  await expect(magnifier(page)).toBeVisible()
  expect(Math.abs((await brightnessAt(page, spot)) - equalised)).toBeLessThan(6)
  await page.keyboard.press('q')
  await expect(pane).not.toContainText('Contraste local')
  await expect
    .poll(async () => Math.abs((await brightnessAt(page, spot)) - equalised))
    .toBeGreaterThan(0.8 * most.difference)
  await page.keyboard.press('w')
  await expect.poll(() => levels(page, part)).toEqual(plain)

  // sharpened, the magnifier is so as well, at the distance of its own detail
  await page.keyboard.press('m')
  await page.mouse.move(spot.x, spot.y)
  await expect(magnifier(page)).toBeVisible()
  const round = await magnifier(page).boundingBox()
  if (!round) throw new Error('no magnifier')
  const glass = { x: round.x + 64, y: round.y + 64, width: round.width - 128, height: round.height - 128 }
  const unsharpened = roughness(await levels(page, glass))
  await page.keyboard.press('s')
  await expect.poll(async () => roughness(await levels(page, glass))).toBeGreaterThan(1.2 * unsharpened)
  for (const key of ['s', 's', 'w']) await page.keyboard.press(key)
  await expect(pane).not.toContainText('Accentuée')
  await expect.poll(() => levels(page, part)).toEqual(plain)

  let least = roughness(plain)
  for (const step of ['first', 'second']) {
    await page.keyboard.press('s')
    await expect(pane).toContainText('Accentuée')
    await expect.poll(async () => roughness(await levels(page, part)), step).toBeGreaterThan(1.1 * least)
    const sharpened = await levels(page, part)
    expect(Math.abs(meanOf(sharpened) - meanOf(plain))).toBeLessThan(2)
    least = roughness(sharpened)
  }
  await page.keyboard.press('s')
  await expect(pane).not.toContainText('Accentuée')
  await expect.poll(() => levels(page, part)).toEqual(plain)
})

test('a film plays every frame, waits for one that comes late, and begins again after its last', async ({
  staffPage: page,
}) => {
  let release = () => {}
  const late = new Promise<void>((resolve) => (release = resolve))
  await page.route(/\/frames\/3$/, async (route) => {
    await late
    await route.continue()
  })
  await open(page, aFilm)
  const pane = paneOf(page, 1)
  const told = async () => Number(/(\d+) \/ 6/.exec(await pane.innerText())?.[1])
  const shown = async () => Math.round((await brightness(page, 70, 48)) / 20)
  expect([await told(), await shown()]).toEqual([1, 1])
  await page.keyboard.press('x')
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible()
  await expect.poll(told).toBe(3)
  // as long as it would take to go round
  for (let turn = 0; turn < 4; turn++) expect([await shown(), await told()]).toEqual([2, 3])
  release()
  const seen = new Set<number>()
  await expect
    .poll(async () => [...seen.add(await shown())].toSorted(), { intervals: [20] })
    .toEqual([1, 2, 3, 4, 5, 6])
  await page.keyboard.press('x')
  await expect(page.getByRole('button', { name: 'Lecture' })).toBeVisible()
  await expect.poll(async () => (await shown()) === (await told())).toBe(true)
  const stopped = await told()
  // by key a frame at a time
  await page.keyboard.press(stopped < 6 ? 'ArrowDown' : 'ArrowUp')
  await expect.poll(shown).toBe(stopped < 6 ? stopped + 1 : 5)

  // a quarter as fast, which the next image keeps
  await page.keyboard.press(',')
  await expect(page.getByRole('button', { name: 'Vitesse ½×' })).toBeVisible()
  await page.keyboard.press(',')
  for (const key of ['ArrowRight', 'ArrowLeft']) await page.keyboard.press(key)
  await expect(page.getByRole('button', { name: 'Vitesse ¼×' })).toBeVisible()
  await expect.poll(told).toBe(1)
  await page.keyboard.press('x')
  const passed = async (frame: number) => {
    await expect.poll(told, { intervals: [10] }).toBe(frame)
    return performance.now()
  }
  const since = await passed(2)
  expect((await passed(4)) - since).toBeGreaterThan(4 * film.frameTimeMs)
  await page.keyboard.press('x')
  await page.getByRole('button', { name: 'Vitesse ¼×' }).press('.')
  await page.getByRole('button', { name: 'Vitesse ½×' }).click()
  await expect(page.getByRole('button', { name: 'Vitesse 1×' })).toBeVisible()
})

test('nine images hang three by three; linked ones scroll, zoom, are windowed and play together', async ({
  staffPage: page,
}) => {
  await open(page, aFilm)
  await page.keyboard.press('d')
  await page.getByRole('button', { name: '3 × 3' }).click()
  for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9])
    await expect(paneOf(page, number)).toHaveAttribute('data-state', 'picture')
  const [one, two, still] = [paneOf(page, 1), paneOf(page, 2), paneOf(page, 5)]
  const boxes = await Promise.all([one, two, still].map((pane) => pane.boundingBox()))
  const [first, second, third] = boxes
  if (!first || !second || !third) throw new Error('no pane')
  const unit = Math.min(first.width, first.height) / side
  const place = (box: Box, column: number) => ({
    x: box.x + box.width / 2 + (column - side / 2) * unit,
    y: box.y + box.height / 2,
  })
  const greys = async () => [
    Math.round((await brightnessAt(page, place(first, 70))) / 20),
    Math.round((await brightnessAt(page, place(second, 70))) / 20),
  ]
  await page.mouse.move(place(first, 60).x, place(first, 60).y)
  await page.mouse.wheel(0, 100)
  await expect.poll(greys).toEqual([2, 1])
  await page.keyboard.press('b')
  await page.mouse.wheel(0, 100)
  await expect.poll(greys).toEqual([3, 2])
  // by the slider too
  await one.getByRole('slider', { name: 'Coupe' }).press('End')
  await expect.poll(greys).toEqual([6, 5])
  await one.getByRole('slider', { name: 'Coupe' }).press('Home')
  await expect.poll(greys).toEqual([1, 1])

  const barWidth = async (box: Box) =>
    (await levels(page, { ...box, y: place(box, 0).y, height: 1 })).filter((level) => level > 135).length /
    unit
  expect(await barWidth(second)).toBeCloseTo(4, 0)
  await page.mouse.move(place(first, 46).x, place(first, 46).y)
  await page.keyboard.press('+')
  await page.keyboard.press('+')
  await expect.poll(() => barWidth(first)).toBeGreaterThan(5.5)
  await expect.poll(() => barWidth(second)).toBeGreaterThan(5.5)

  await page.keyboard.press('i')
  await expect.poll(greys).toEqual([12, 12])
  await page.keyboard.press('0')
  await expect.poll(greys).toEqual([1, 1])
  const windowed = await still.innerText()
  // below what another test may have drawn
  const free = { x: place(first, 20).x, y: place(first, 20).y + 40 * unit }
  await page.mouse.move(free.x, free.y)
  await page.mouse.down()
  await page.mouse.move(free.x + 60, free.y, { steps: 3 })
  await page.mouse.up()
  for (const pane of [one, two, still]) await expect(pane).toContainText(/L 29\d · C 128/)
  expect(windowed).toContain('L 256 · C 128')

  await page.keyboard.press('0')
  await page.keyboard.press('x')
  const seen = new Set<string>()
  await expect.poll(async () => seen.add((await greys()).join()).size, { intervals: [20] }).toBeGreaterThan(3)
  await page.keyboard.press('x')
  await expect.poll(async () => new Set(await greys()).size).toBe(1)
})

test('full screen comes and goes by its key, with what is over the image', async ({ staffPage: page }) => {
  await open(page, scaled)
  const isFull = () =>
    page.evaluate<boolean>(
      'document.fullscreenElement?.contains(document.querySelector("[data-pane]")) ?? false',
    )
  const button = page.getByRole('button', { name: 'Plein écran' })
  await page.keyboard.press('f')
  await expect.poll(isFull).toBe(true)
  await expect(button).toHaveAttribute('aria-pressed', 'true')
  expect(await brightness(page, 48, 48)).toBeCloseTo(160, -1)
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Touches de la visionneuse' })
  await sheet.getByRole('button', { name: 'Fermer' }).click()
  await expect(sheet).toBeHidden()
  await page.keyboard.press('f')
  await expect.poll(isFull).toBe(false)
  await expect(button).toHaveAttribute('aria-pressed', 'false')
})

test('two images hang side by side, and linked ones are windowed together', async ({ staffPage: page }) => {
  await page.goto(`/view/${pair}`)
  await ready(page)
  await page.getByRole('button', { name: 'Disposition' }).click()
  await page.getByRole('button', { name: '2 × 1' }).click()
  const second = page.locator('[data-pane="2"]')
  await expect(second).toHaveAttribute('data-state', 'picture')
  await expect(second).toContainText('L 256')
  await page.keyboard.press('b')
  await page.keyboard.press('i')
  await expect(second).toContainText('Inversée')
  await page.keyboard.press('b')
  await page.keyboard.press('h')
  await expect(second).not.toContainText('Retournée')
})

test('two taps on one of several images show it alone, keys go on to the next, and all hang again as they were', async ({
  staffPage: page,
}) => {
  await page.goto(`/view/${pair}`)
  await ready(page)
  await page.getByRole('button', { name: 'Disposition' }).click()
  await page.getByRole('button', { name: '2 × 1' }).click()
  const [first, second] = [paneOf(page, 1), paneOf(page, 2)]
  for (const pane of [first, second]) await expect(pane).toHaveAttribute('data-state', 'picture')
  const widthOf = async (pane: typeof first) => (await pane.boundingBox())?.width ?? 0
  const [narrow, other] = [await widthOf(first), await widthOf(second)]
  const box = await second.boundingBox()
  if (!box) throw new Error('no pane')
  await page.keyboard.press('i')
  await expect(first).toContainText('Inversée')

  // slowly tapped twice it stays
  const middle = [box.x + box.width / 2, box.y + box.height / 2] as const
  await page.mouse.click(...middle)
  await page.waitForTimeout(500)
  await page.mouse.click(...middle)
  await page.waitForTimeout(500)
  expect(await widthOf(second)).toBe(other)
  // nor when two fingers come and go twice
  const screen = await page.context().newCDPSession(page)
  const fingers = [-20, 20].map((by, id) => ({ x: middle[0] + by, y: middle[1], id }))
  for (const type of ['touchStart', 'touchEnd', 'touchStart', 'touchEnd'] as const)
    await screen.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchStart' ? fingers : [] })
  expect(await widthOf(second)).toBe(other)
  await page.mouse.dblclick(...middle)
  await expect.poll(() => widthOf(second)).toBeGreaterThan(1.9 * other)
  await expect(second).toHaveAttribute('data-state', 'picture')
  // the film's disc, where the edge of two panes was
  await expect.poll(() => brightnessAt(page, { x: box.x, y: box.y + box.height / 2 })).toBeGreaterThan(140)
  await expect(page.getByRole('button', { name: 'Image suivante' })).toBeDisabled()

  await page.keyboard.press('ArrowLeft')
  await expect.poll(() => widthOf(first)).toBeGreaterThan(1.9 * narrow)
  await expect(first).toContainText('Inversée')
  await expect(page.getByRole('status').filter({ hasText: '1 / 2' })).toBeVisible()
  expect((await axeOf(page).analyze()).violations).toEqual([])
  await page.keyboard.press('Escape')
  await expect.poll(async () => [await widthOf(first), await widthOf(second)]).toEqual([narrow, other])
  await expect(first).toContainText('Inversée')
  await page.keyboard.press('y')
  await expect.poll(() => widthOf(first)).toBeGreaterThan(1.9 * narrow)
  await page.getByRole('button', { name: 'Toutes les images' }).click()
  await expect.poll(() => widthOf(first)).toBe(narrow)
})

test('every tool has a key, and a sheet names them', async ({ staffPage: page }) => {
  await open(page, scaled)
  for (const [key, name] of [
    ['a', 'Angle'],
    ['c', 'Angle de Cobb'],
    ['m', 'Loupe'],
    ['w', 'Fenêtrage'],
  ] as const) {
    await page.keyboard.press(key)
    await expect(page.getByRole('radio', { name, exact: true })).toBeChecked()
  }
  await page.keyboard.press('d')
  await expect(page.getByRole('button', { name: '2 × 1' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: '2 × 1' })).toHaveCount(0)
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Touches de la visionneuse' })
  await expect(sheet).toContainText('Contraste local')
  // what a button names a key for is on the sheet
  const named = await page.locator('[aria-keyshortcuts]').all()
  const keys = await Promise.all(
    named.map(async (each) => (await each.getAttribute('aria-keyshortcuts')) ?? ''),
  )
  expect(keys.length).toBeGreaterThan(20)
  const listed = await sheet.locator('kbd').allInnerTexts()
  expect(
    keys.flatMap((each) => each.split('+')).filter((key) => key.length === 1 && !listed.includes(key)),
  ).toEqual([])
})

test('who may not see images does not get into the viewer, and nothing of them', async ({ page, system }) => {
  for (const role of ['front-desk', 'auditor']) {
    await actAs(page, system, role)
    expect((await page.goto(`/view/${scaled}`))?.status()).toBe(403)
    const asked = await page.request.get(`/view/${scaled}/annotations`)
    expect(asked.status()).toBe(403)
    const drawn = await page.request.post(`/view/${scaled}/annotations`, {
      data: {},
      headers: { Origin: system.url },
    })
    expect(drawn.status()).toBe(403)
  }
  await actAs(page, system, 'dentist')
  expect((await page.goto(`/view/${newUid()}`))?.status()).toBe(404)
})

test.describe('on a tablet', () => {
  test.use({ viewport: { width: 820, height: 1180 }, hasTouch: true })

  test('the magnifier stands where the finger does not hide it, for as long as that is down', async ({
    staffPage: page,
    context,
  }) => {
    await open(page, scaled)
    await page.getByRole('radio', { name: 'Loupe' }).tap()
    const touch = await context.newCDPSession(page)
    const put = (type: 'touchStart' | 'touchMove', point: { x: number; y: number }) =>
      touch.send('Input.dispatchTouchEvent', { type, touchPoints: [point] })
    const finger = await at(page, 48, 60)
    await put('touchStart', finger)
    await expect(magnifier(page)).toBeVisible()
    const above = await magnifier(page).boundingBox()
    expect(above && above.y + above.height < finger.y - 20).toBe(true)
    // what the finger is on is in its middle: the disc, whose edge is far from there
    const middle = above && { x: above.x + above.width / 2, y: above.y + above.height / 2 }
    expect(middle && (await brightnessAt(page, middle))).toBeCloseTo(160, -1)
    // at the upper edge there is no room above it
    const edge = { x: finger.x, y: ((await paneOf(page, 1).boundingBox())?.y ?? 0) + 60 }
    await put('touchMove', edge)
    await expect.poll(async () => ((await magnifier(page).boundingBox())?.y ?? 0) > edge.y + 20).toBe(true)
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await expect(magnifier(page)).toBeHidden()
  })

  test('an angle is three taps, and axe finds no fault', async ({ staffPage: page }) => {
    await open(page, scaled)
    await page.getByRole('radio', { name: 'Angle', exact: true }).tap()
    for (const [column, line] of [
      [50, 20],
      [20, 20],
      [20, 60],
    ] as const) {
      const { x, y } = await at(page, column, line)
      await page.touchscreen.tap(x, y)
    }
    await page.getByRole('button', { name: 'Annotations' }).tap()
    await expect(row(page, /Angle/)).toContainText('90,0°')
    await expect(list(page)).toContainText('Tout est enregistré')
    const { violations } = await axeOf(page).analyze()
    expect(
      violations.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
    ).toEqual([])
  })
})
