import { axeOf } from '../axe-of.ts'
import { expect, type Page } from '@playwright/test'
import sharp from 'sharp'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

const patient = { patientName: 'Roy^Léa', patientId: 'V-1' }
const side = 96
const scaled = newUid()
const bare = newUid()
const pair = newUid()

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [
    dicomFile({ ...patient, studyInstanceUid: scaled, imagerPixelSpacing: '0.5\\0.5' }),
    dicomFile({ ...patient, studyInstanceUid: bare }),
    dicomFile({ ...patient, studyInstanceUid: pair, number: 1 }),
    dicomFile({ ...patient, studyInstanceUid: pair, number: 2, shade: 220 }),
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
  const { x, y } = await at(page, column, row)
  const picture = await page.screenshot({ clip: { x: x - 2, y: y - 2, width: 4, height: 4 } })
  const { channels } = await sharp(picture).stats()
  return channels[0]?.mean ?? -1
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
