import { readFile } from 'node:fs/promises'
import { axeOf } from '../axe-of.ts'
import { corpusPath } from '@bitewing/testbed/corpus'
import { devices, expect, type Locator, type Page } from '@playwright/test'
import { actAs, ready, test } from '../system.ts'
import { store } from './dicom-file.ts'

const image = { columns: 1578, rows: 2089 }
/** Where the first landmarks that are asked for lie on the radiograph, near enough. */
const sella = [294, 933] as const
const nasion = [908, 754] as const

test.beforeAll(async ({ system }) => {
  const file = await readFile(corpusPath('dental/wrapped/ceph_lateral_8bit.dcm'))
  // another patient and other UIDs of the same lengths: that file arrives in another spec too
  const text = file.toString('latin1').replaceAll('Tremblay^', 'Laflamme^').replaceAll('CEPH-S1', 'CEPH-T1')
  const buffer = Buffer.from(text.replaceAll(/2\.25\.1(?=\d{30})/g, '2.25.2'), 'latin1')
  await store(system.url, system.demo.token, [{ name: 'ceph', buffer, studyInstanceUid: '' }])
})

/** A place of the frame on the page, while all of the picture is shown. */
async function on(picture: Locator, [column, row]: readonly [number, number]) {
  const box = await picture.boundingBox()
  if (!box) throw new Error('not shown')
  const scale = Math.min(box.width / image.columns, box.height / image.rows)
  return {
    x: box.x + box.width / 2 + (column - image.columns / 2) * scale,
    y: box.y + box.height / 2 + (row - image.rows / 2) * scale,
  }
}
const landmark = (page: Page, label: string) => page.getByRole('button', { name: new RegExp(`^${label}, `) })
const saved = (page: Page) => expect(page.getByRole('status').getByText('Enregistré')).toBeVisible()
async function expectNoFaults(page: Page) {
  const { violations } = await axeOf(page).analyze()
  expect(
    violations.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
  ).toEqual([])
}

test.describe('on a tablet', () => {
  const { viewport, hasTouch } = devices['iPad (gen 7)']
  test.use({ viewport, hasTouch })

  test('landmarks are tapped in their order, nudged, skipped, undone, and stay when the page is left', async ({
    page,
    system,
  }) => {
    await actAs(page, system, 'assistant')
    await page.goto('/?q=CEPH-T1')
    await page.getByRole('link', { name: /Laflamme, Zoé/ }).click()
    await page.getByRole('link', { name: /^Tracer ?, 15 janvier 2024/ }).click()
    await page.getByRole('button', { name: /^Tracer/ }).click()
    const picture = page.getByRole('group', { name: 'Image avec le tracé' })
    await expect(picture).toHaveAttribute('data-state', /picture|preview/)
    await ready(page)

    await expect(page.getByRole('heading', { name: /Selle turcique/ })).toBeVisible()
    for (const place of [sella, nasion]) {
      const { x, y } = await on(picture, place)
      await page.touchscreen.tap(x, y)
    }
    await expect(landmark(page, 'N')).toHaveAccessibleName(/placé$/)
    await expect(page.getByRole('heading', { name: /Porion/ })).toBeVisible()
    await page.getByRole('button', { name: 'Non visible' }).click()
    await expect(landmark(page, 'Po')).toHaveAccessibleName(/non visible$/)
    await page.getByRole('button', { name: 'Annuler' }).click()
    await expect(landmark(page, 'Po')).toHaveAccessibleName(/à placer$/)

    await landmark(page, 'S').click()
    await page.keyboard.press('Shift+ArrowRight')
    await saved(page)
    await expectNoFaults(page)

    // with its study, where other viewers find it
    await page.getByRole('button', { name: 'Exporter' }).click()
    await expectNoFaults(page)
    await page.getByRole('button', { name: 'Enregistrer avec l’étude en DICOM' }).click()
    await expect(page.getByText(/^Enregistré avec l’étude/)).toBeVisible()
    await page.keyboard.press('Escape')

    await page.reload()
    await expect(landmark(page, 'S')).toHaveAccessibleName(/placé$/)
    await expect(landmark(page, 'N')).toHaveAccessibleName(/placé$/)
    await expect(landmark(page, 'Po')).toHaveAccessibleName(/à placer$/)
    // nothing is measured that a landmark is missing for; the scale says where its millimetres come from
    await page.getByRole('tab', { name: 'Analyses' }).click()
    await expect(page.getByRole('row', { name: /^SNA/ })).toContainText('il manque A')
    await expect(page.getByText('0,1 mm par pixel, au détecteur')).toBeVisible()
    await expectNoFaults(page)

    const list = page.url().replace(/\/[^/]*$/, '')
    await page.goto(list)
    await ready(page)
    await expectNoFaults(page)
    await page.getByRole('button', { name: /^Tracer à nouveau/ }).click()
    await page.waitForURL((url) => url.href !== list)
    await page.goto(`${list}/superimpose`)
    await ready(page)
    await expectNoFaults(page)
  })
})

test.describe('on a dense screen', () => {
  test.use({ deviceScaleFactor: 2 })

  test('the magnifier has a pixel for each of the screen', async ({ page, system }) => {
    await actAs(page, system, 'dentist')
    await page.goto('/?q=CEPH-T1')
    await page.getByRole('link', { name: /Laflamme, Zoé/ }).click()
    await page.getByRole('link', { name: /^Tracer ?, 15 janvier 2024/ }).click()
    // one that is traced already opens by itself
    const picture = page.getByRole('group', { name: 'Image avec le tracé' })
    const begin = page.getByRole('button', { name: /^Tracer/ })
    await expect(picture.or(begin.first())).toBeVisible()
    if ((await picture.count()) === 0) await begin.first().click()
    await expect(picture).toHaveAttribute('data-state', 'picture')
    await ready(page)
    const { x, y } = await on(picture, sella)
    await page.mouse.move(x, y)
    await expect(picture.locator('[data-lens]')).toBeVisible()
    const size = await picture
      .locator('[data-lens] canvas')
      .evaluate((canvas: { width: number; clientWidth: number }) => [canvas.width, canvas.clientWidth])
    expect(size).toEqual([416, 208])
  })
})

test('a front desk is refused the tracings', async ({ page, system }) => {
  await actAs(page, system, 'dentist')
  await page.goto('/?q=CEPH-T1')
  const href = await page.getByRole('link', { name: /Laflamme, Zoé/ }).getAttribute('href')
  await actAs(page, system, 'front-desk')
  expect((await page.goto(`${href}/ceph`))?.status()).toBe(403)
})
