import { axeOf } from '../axe-of.ts'
import { expect, type Locator, type Page } from '@playwright/test'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

/** Upper and lower teeth of each film, as SNOMED CT codes of PS3.16 CID 4018. */
const films = {
  '16, 46': ['865995000', '866005003'],
  '14, 44': ['57826002', '80140008'],
  '26, 36': ['865988009', '866006002'],
  '24, 34': ['61897005', '2400006'],
}
const series = {
  patientName: 'Paquin^Solange',
  patientId: 'MNT-1',
  birthDate: '19640229',
  studyDate: '20261103',
  studyInstanceUid: newUid(),
  seriesInstanceUid: newUid(),
}

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [
    ...Object.values(films).map((toothCodes, index) =>
      dicomFile({ ...series, number: index + 1, toothCodes }),
    ),
    // nothing says what it shows
    dicomFile({ ...series, number: 5 }),
  ])
})

const sheet = (page: Page) => page.getByRole('region', { name: 'Montage', exact: true })
const tray = (page: Page) => page.getByRole('region', { name: 'À placer' })
const cell = (page: Page, number: number) =>
  sheet(page).getByRole('button', { name: new RegExp(`^Case ${number},`) })
/** What lies in each of the four cells, by its teeth. */
const laid = (page: Page) =>
  Promise.all(
    [1, 2, 3, 4].map(async (number) => {
      const name = (await cell(page, number).getAttribute('aria-label')) ?? ''
      return /Dents (\d\d(?:, \d\d)*)/.exec(name)?.[1] ?? 'vide'
    }),
  )
const inOrder = Object.keys(films)
const saved = (page: Page) =>
  expect(page.getByRole('status').getByText('Enregistré', { exact: true })).toBeVisible()
/** A change is saved once the page says so after it was made; what is seen before that may be the state before. */
async function change(page: Page, make: () => Promise<unknown>) {
  const [answer] = await Promise.all([
    page.waitForResponse(
      (response) => response.url().includes('?/save') || response.url().includes('?%2Fsave'),
    ),
    make(),
  ])
  expect(answer.status()).toBe(200)
  await saved(page)
}

async function patient(page: Page) {
  await page.goto('/?q=paquin')
  await page.getByRole('link', { name: /Paquin, Solange/ }).click()
}
let made = ''
/** Opens the mount of the visit; the first time from the patient's timeline, where it is made. */
async function mount(page: Page) {
  if (made) await page.goto(made)
  else {
    await patient(page)
    await page.getByRole('link', { name: /^Montage ?, 3 novembre 2026/ }).click()
    await page.getByRole('button', { name: /^Monter ?, 3 novembre 2026/ }).click()
  }
  await expect(sheet(page)).toBeVisible()
  await ready(page)
  made = new URL(page.url()).pathname
}
async function expectNoFaults(page: Page) {
  const { violations } = await axeOf(page).analyze()
  expect(
    violations.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
  ).toEqual([])
}
const middleOf = async (locator: Locator) => {
  const box = await locator.boundingBox()
  if (!box) throw new Error('not shown')
  return box.x + box.width / 2
}

test.describe.configure({ mode: 'serial' })

test('images find their cells by themselves, the patient’s right at the left; what names no teeth waits', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'assistant')
  // images of one tooth hang beside each other, with their dates
  await patient(page)
  await ready(page)
  await page.getByRole('combobox', { name: 'Dent' }).selectOption({ label: 'Dent 46' })
  const wall = page.getByRole('button', { name: /^Regarder/ })
  await expect(wall).toHaveCount(1)
  await expect(wall).toHaveAccessibleName(/Dents 16, 46, 3 nov/)
  await expectNoFaults(page)

  await mount(page)
  expect(await laid(page)).toEqual(inOrder)
  // molars outside, the right side at the left
  const across = await Promise.all([1, 2, 4, 3].map((number) => middleOf(cell(page, number))))
  expect(across).toEqual(across.toSorted((one, other) => one - other))
  await expect(tray(page)).toContainText('Ni dents ni incidence indiquées')
  await expect(tray(page).getByRole('button')).toHaveCount(1)
})

test('swapped by touch, turned and mirrored by keys, taken out, undone; a reload shows the same', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'assistant')
  await mount(page)

  await cell(page, 1).click()
  await change(page, () => cell(page, 3).click())
  expect(await laid(page)).toEqual(['26, 36', '14, 44', '16, 46', '24, 34'])

  await cell(page, 2).focus()
  await change(page, () => page.keyboard.press('r'))
  await expect(cell(page, 2)).toHaveAccessibleName(/tournée de 90°/)
  await change(page, () => page.keyboard.press('m'))
  await expect(cell(page, 2)).toHaveAccessibleName(/Inversée \(miroir\), tournée de 270°/)
  await expect(cell(page, 2).getByText('Inversée (miroir)')).toBeVisible()
  await page.keyboard.press('ArrowLeft')
  await expect(cell(page, 1)).toBeFocused()
  await change(page, () => page.keyboard.press('Delete'))
  expect(await laid(page)).toEqual(['vide', '14, 44', '16, 46', '24, 34'])
  await expect(tray(page).getByRole('button', { name: /Dents 26, 36/ })).toBeVisible()

  // by keyboard from the tray into the empty cell, and dragged back
  await tray(page)
    .getByRole('button', { name: /Dents 26, 36/ })
    .press('Enter')
  await change(page, () => cell(page, 1).press('Enter'))
  expect(await laid(page)).toEqual(['26, 36', '14, 44', '16, 46', '24, 34'])
  await change(page, () => cell(page, 1).dragTo(cell(page, 3)))
  expect(await laid(page)).toEqual(inOrder)

  const undo = page.getByRole('button', { name: 'Annuler' })
  await change(page, () => undo.click())
  expect(await laid(page)).toEqual(['26, 36', '14, 44', '16, 46', '24, 34'])
  await page.reload()
  await ready(page)
  expect(await laid(page)).toEqual(['26, 36', '14, 44', '16, 46', '24, 34'])
  await expect(cell(page, 2)).toHaveAccessibleName(/Inversée \(miroir\), tournée de 270°/)
})

test('who changes what somebody else has changed meanwhile sees it, and loses nothing unasked', async ({
  page,
  browser,
  system,
}) => {
  await actAs(page, system, 'assistant')
  await mount(page)
  const other = await (await browser.newContext({ baseURL: system.url, locale: 'en-CA' })).newPage()
  await actAs(other, system, 'dentist')
  // who hears of what has come meanwhile may have the newer version already; who is refused asks for it by and by
  await other.route('**/api/events*', () => undefined)
  await mount(other)

  await cell(page, 4).focus()
  await change(page, () => page.keyboard.press('r'))
  await cell(other, 3).focus()
  await other.keyboard.press('Delete')
  const conflict = other.getByRole('alert')
  await expect(conflict).toContainText('a modifié ce montage')
  await conflict.getByRole('button', { name: 'Afficher sa version' }).click()
  await expect(cell(other, 4)).toHaveAccessibleName(/tournée de 90°/)
  expect((await laid(other))[2]).toBe('16, 46')
  await other.context().close()
})

test('a cell opens in the viewer; a picture of the mount leaves without a name in its own, on record', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'dentist')
  await mount(page)
  await page.getByRole('button', { name: 'Exporter' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Image (PNG)' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('mount.png')
  await page.keyboard.press('Escape')
  await cell(page, 2).click()
  await page.getByRole('button', { name: 'Ouvrir', exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`/view/${series.studyInstanceUid}\\?image=`))

  await actAs(page, system, 'owner')
  await page.goto('/audit')
  await expect(page.getByRole('cell', { name: /Montage exporté/ }).first()).toBeVisible()
  await expect(page.getByRole('cell', { name: /Montage enregistré/ }).first()).toBeVisible()
})

for (const width of [390, 1440]) {
  test(`no faults that axe can find, and no wider than the screen, at ${width} px`, async ({
    page,
    system,
  }) => {
    await actAs(page, system, 'assistant')
    await page.setViewportSize({ width, height: 844 })
    await mount(page)
    for (const path of [made, made.replace(/\/[^/]*$/, '')]) {
      await page.goto(path)
      await ready(page)
      await expectNoFaults(page)
      // as text: this project's types know no browser
      expect(
        await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        ),
      ).toBe(0)
    }
  })
}

test('the front desk sees no mount', async ({ page, system }) => {
  await actAs(page, system, 'assistant')
  await mount(page)
  await actAs(page, system, 'front-desk')
  for (const path of [made, made.replace(/\/[^/]*$/, '')]) expect((await page.goto(path))?.status()).toBe(403)
  const change = await page.request.post(`${made}?/save`, {
    form: { change: JSON.stringify({ version: 1, images: [] }) },
    headers: { Origin: system.url },
  })
  expect(change.status()).toBe(403)
})
