import { expect, type Page } from '@playwright/test'
import { expectNoFaults } from '../expect-no-faults.ts'
import { showIn } from '../show-in.ts'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

/** Upper and lower teeth of each film, as SNOMED CT codes of PS3.16 CID 4018. */
const films = [
  ['865995000', '866005003'], // 16, 46
  ['865988009', '866006002'], // 26, 36
  ['422653006', '424399000'], // 11, 21: one jaw, a periapical
]

test.beforeAll(async ({ system }) => {
  const series = {
    patientName: 'Beaulieu^Odile',
    patientId: 'LAY-1',
    birthDate: '19710912',
    studyDate: '20261105',
    studyInstanceUid: newUid(),
    seriesInstanceUid: newUid(),
  }
  await store(
    system.url,
    system.demo.token,
    films.map((toothCodes, index) => dicomFile({ ...series, number: index + 1, toothCodes })),
  )
})

const settings = '/settings/mounts'
/** The cells of the picture, each by its place and what it waits for. */
const cells = (page: Page) => page.getByRole('list', { name: 'Image de la disposition' }).getByRole('button')
const cell = (page: Page, row: number, place: number) =>
  cells(page).and(page.getByRole('button', { name: new RegExp(`^Rangée ${row}, place ${place} :`) }))
const expectCells = (page: Page, names: string[]) =>
  expect
    .poll(async () => Promise.all((await cells(page).all()).map((each) => each.getAttribute('aria-label'))))
    .toEqual(names)
const tooth = (page: Page, number: string) =>
  page.getByRole('listbox', { name: /^Dents/ }).getByRole('option', { name: new RegExp(`^${number},`) })
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const choose = (page: Page, what: RegExp, label: string) =>
  page.getByRole('combobox', { name: what }).selectOption({ label })
/** Waits until a change is on the server, where more than one may be under way. */
async function saved(page: Page, make: () => Promise<unknown>) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => decodeURIComponent(response.url()).endsWith('?/save')),
    make(),
  ])
  expect(answer.status()).toBe(200)
  await expect(page.getByRole('status').getByText('Enregistré', { exact: true })).toBeVisible()
}
/** What a mount holds: each cell with what it waits for and what lies in it. */
const mounted = (page: Page) => page.getByRole('region', { name: 'Montage', exact: true }).getByRole('button')
const expectMounted = async (page: Page, names: RegExp[]) => {
  await expect(mounted(page)).toHaveCount(names.length)
  for (const [index, name] of names.entries())
    await expect(mounted(page).nth(index)).toHaveAccessibleName(name)
}
let [layout, patient, mount] = ['', '', '']

test.describe.configure({ mode: 'serial' })

test('a layout is built cell by cell, moved by button and by key, and is the same after a reload', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'owner')
  await page.goto(settings)
  await page.getByRole('textbox', { name: 'Nom' }).fill('Contrôle')
  await press(page, 'Construire une disposition')
  await page.waitForURL(`**${settings}/*`)
  layout = new URL(page.url()).pathname
  await ready(page)
  await expectCells(page, ['Rangée 1, place 1 : Toute image'])

  await choose(page, /^Attend/, 'Interproximale')
  await expect(cell(page, 1, 1)).toContainText('Choisissez ses dents')
  for (const number of ['16', '46']) await tooth(page, number).click()
  await press(page, 'Ajouter une case')
  await choose(page, /^Attend/, 'Interproximale')
  for (const number of ['26', '36']) await tooth(page, number).click()
  await press(page, 'Ajouter une rangée')
  await choose(page, /^Attend/, 'Périapicale')
  await choose(page, /^Forme/, 'Debout')
  for (const number of ['11', '21']) await tooth(page, number).click()
  const asBuilt = [
    'Rangée 1, place 1 : Interproximale 16, 46',
    'Rangée 1, place 2 : Interproximale 26, 36',
    'Rangée 2, place 1 : Périapicale 11, 21',
  ]
  await expectCells(page, asBuilt)
  // it stands
  const box = await cell(page, 2, 1).boundingBox()
  expect(box && box.height > box.width).toBe(true)

  // to the row above by its button, and back by its key, which the cell keeps the focus of; then changed places, undone
  await press(page, 'À la rangée du dessus')
  await expectCells(page, [
    'Rangée 1, place 1 : Périapicale 11, 21',
    'Rangée 1, place 2 : Interproximale 16, 46',
    'Rangée 1, place 3 : Interproximale 26, 36',
  ])
  await cell(page, 1, 1).focus()
  await page.keyboard.press('Shift+ArrowDown')
  await expect(cell(page, 2, 1)).toBeFocused()
  await expectCells(page, asBuilt)
  await page.keyboard.press('ArrowUp')
  await expect(cell(page, 1, 1)).toBeFocused()
  await page.keyboard.press('Shift+ArrowRight')
  await expect(cell(page, 1, 2)).toHaveAccessibleName(/16, 46$/)
  await saved(page, () => page.keyboard.press('Control+z'))
  await expectCells(page, asBuilt)

  await saved(page, async () => {
    await page.getByRole('textbox', { name: 'Nom' }).fill('Contrôle annuel')
    await page.keyboard.press('Tab')
  })
  await page.reload()
  await ready(page)
  await expectCells(page, asBuilt)
  await expect(page.getByRole('textbox', { name: 'Nom' })).toHaveValue('Contrôle annuel')

  for (const { colorScheme, width } of [
    { colorScheme: 'dark', width: 390 },
    { colorScheme: 'light', width: 1440 },
  ] as const) {
    await showIn(page, colorScheme, width)
    await expectNoFaults(page, `layout, ${width} px`)
  }
})

test('images find their cells in a mount that is made by it', async ({ page, system }) => {
  await actAs(page, system, 'assistant')
  await page.goto('/?q=beaulieu')
  await page.getByRole('link', { name: /Beaulieu, Odile/ }).click()
  await page.waitForURL('**/patients/*')
  patient = new URL(page.url()).pathname
  await page.goto(`${patient}/mounts`)
  await page.getByRole('button', { name: /^Monter ?, 5 novembre 2026, Contrôle annuel$/ }).click()
  await page.waitForURL('**/mounts/*')
  mount = new URL(page.url()).pathname
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Contrôle annuel')
  await expectMounted(page, [
    /^Case 1, 16, 46, Interproximale, Dents 16, 46/,
    /^Case 2, 26, 36, Interproximale, Dents 26, 36/,
    /^Case 3, 11, 21, Périapicale, Dents 11, 21/,
  ])
})

test('a layout that is changed or removed later leaves its mounts as they are; the next mount is made by the new one', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'owner')
  await page.goto(layout)
  await ready(page)
  await cell(page, 1, 1).click()
  await choose(page, /^Attend/, 'Panoramique')
  await cell(page, 2, 1).focus()
  await saved(page, () => page.keyboard.press('Delete'))
  const changed = ['Rangée 1, place 1 : Panoramique', 'Rangée 1, place 2 : Interproximale 26, 36']
  await expectCells(page, changed)

  await page.goto(mount)
  await ready(page)
  await expectMounted(page, [/Dents 16, 46/, /Dents 26, 36/, /Dents 11, 21/])
  // and it can be changed still, in a cell that its layout has no more
  await mounted(page).nth(2).focus()
  await saved(page, () => page.keyboard.press('r'))
  await expect(mounted(page).nth(2)).toHaveAccessibleName(/tournée de 90°/)

  await page.goto(`${patient}/mounts`)
  await choose(page, /^Modèle/, 'Contrôle annuel')
  await page.getByRole('button', { name: 'Monter', exact: true }).click()
  await page.waitForURL('**/mounts/*')
  await expectMounted(page, [/^Case 1, Manque Panoramique$/, /^Case 2, .*Dents 26, 36/])

  await page.goto(layout)
  await press(page, 'Retirer la disposition')
  await expect(page.getByRole('status').getByText(/^Disposition retirée/)).toBeVisible()
  const own = page.getByRole('link', { name: 'Contrôle annuel' })
  await expect(own).toHaveCount(0)
  expect((await page.request.get(layout)).status()).toBe(404)
  expect((await page.request.get(mount)).status()).toBe(200)

  await press(page, 'La rétablir')
  await own.click()
  await expectCells(page, changed)
})

test('who changes what somebody else has changed meanwhile sees it, and loses nothing unasked', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'owner')
  await page.goto(layout)
  await ready(page)
  const other = await page.context().newPage()
  await other.goto(layout)
  await ready(other)

  await saved(page, () => press(page, 'Ajouter une rangée'))
  await press(other, 'Ajouter une case')
  const conflict = other.getByRole('alert')
  await expect(conflict).toContainText('Hélène Bouchard vient de modifier cette disposition')
  await expect(cells(other)).toHaveCount(3)
  await saved(other, () => conflict.getByRole('button', { name: 'Garder la mienne' }).click())
  await page.reload()
  await expectCells(page, [
    'Rangée 1, place 1 : Panoramique',
    'Rangée 1, place 2 : Toute image',
    'Rangée 1, place 3 : Interproximale 26, 36',
  ])
})
