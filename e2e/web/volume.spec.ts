import { axeOf } from '../axe-of.ts'
import { expect, type Page } from '@playwright/test'
import { demoInstances } from '@bitewing/demo'
import { ready, test } from '../system.ts'
import { newUid, store } from './dicom-file.ts'

const side = 32
const study = newUid()

/** Two volumes of one scan, one of slices of 1 mm and one of 2 mm that reaches further down, and one of another scan. */
const linked = { study: newUid(), frame: newUid(), other: newUid() }

/** A small volume: a bright bar of 12 mm lies from left to right in air, 24 slices of 1 mm. */
function slice(
  series: string,
  number: number,
  { in: within = study, frame, z = number }: { in?: string; frame?: string; z?: number } = {},
): { name: string; buffer: Buffer; studyInstanceUid: string } {
  const element = (group: number, id: number, vr: string, value: string | Buffer) => {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value
    const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(vr === 'UI' ? 0 : 0x20)])
    const long = vr === 'OW' || vr === 'OB'
    const head = Buffer.alloc(long ? 12 : 8)
    head.writeUInt16LE(group, 0)
    head.writeUInt16LE(id, 2)
    head.write(vr, 4, 'latin1')
    if (long) head.writeUInt32LE(even.length, 8)
    else head.writeUInt16LE(even.length, 6)
    return Buffer.concat([head, even])
  }
  const short = (value: number) => Buffer.of(value & 255, value >> 8)
  const pixels = Buffer.alloc(side * side * 2)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const inBar = number >= 10 && number <= 15 && y >= 12 && y < 20 && x >= 10 && x < 22
      pixels.writeUInt16LE(inBar ? 3000 : 200, (y * side + x) * 2)
    }
  }
  const uid = newUid()
  const meta = Buffer.concat([
    element(2, 1, 'OB', Buffer.of(0, 1)),
    element(2, 2, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    element(2, 3, 'UI', uid),
    element(2, 0x10, 'UI', '1.2.840.10008.1.2.1'),
    element(2, 0x12, 'UI', '2.25.1'),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  const buffer = Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(2, 0, 'UL', length),
    meta,
    element(8, 5, 'CS', 'ISO_IR 192'),
    element(8, 0x16, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    element(8, 0x18, 'UI', uid),
    element(8, 0x20, 'DA', '20261120'),
    element(8, 0x60, 'CS', 'CT'),
    element(0x10, 0x10, 'PN', 'Volume^Vera'),
    element(0x10, 0x20, 'LO', 'VOL-1'),
    element(0x10, 0x30, 'DA', '19850307'),
    element(0x10, 0x40, 'CS', 'F'),
    element(0x20, 0x0d, 'UI', within),
    element(0x20, 0x0e, 'UI', series),
    element(0x20, 0x11, 'IS', '1'),
    element(0x20, 0x13, 'IS', String(number)),
    element(0x20, 0x32, 'DS', `-16\\-16\\${z}`),
    element(0x20, 0x37, 'DS', '1\\0\\0\\0\\1\\0'),
    ...(frame ? [element(0x20, 0x52, 'UI', frame)] : []),
    element(0x28, 2, 'US', short(1)),
    element(0x28, 4, 'CS', 'MONOCHROME2'),
    element(0x28, 0x10, 'US', short(side)),
    element(0x28, 0x11, 'US', short(side)),
    element(0x28, 0x30, 'DS', '1\\1'),
    element(0x28, 0x100, 'US', short(16)),
    element(0x28, 0x101, 'US', short(12)),
    element(0x28, 0x102, 'US', short(11)),
    element(0x28, 0x103, 'US', short(0)),
    element(0x28, 0x1052, 'DS', '-1000'),
    element(0x28, 0x1053, 'DS', '1'),
    element(0x7fe0, 0x10, 'OW', pixels),
  ])
  return { name: `${number}.dcm`, buffer, studyInstanceUid: within }
}

test.beforeAll(async ({ system }) => {
  const series = newUid()
  const slices = Array.from({ length: 24 }, (_, index) => slice(series, index + 1))
  const more = [
    { frame: linked.frame, count: 24, z: (index: number) => index + 1 },
    { frame: linked.frame, count: 20, z: (index: number) => index * 2 - 16 },
    { frame: linked.other, count: 10, z: (index: number) => index + 1 },
  ].flatMap(({ frame, count, z }) => {
    const uid = newUid()
    return Array.from({ length: count }, (_, index) =>
      slice(uid, index + 1, { in: linked.study, frame, z: z(index) }),
    )
  })
  const models: typeof slices = []
  for await (const { fileName, bytes, studyInstanceUid } of demoInstances({
    only: { patients: ['cote'], kinds: ['models'] },
  })) {
    models.push({ name: fileName, buffer: Buffer.from(bytes), studyInstanceUid })
  }
  await store(system.url, system.demo.token, [...slices, ...more, ...models])
})

const pane = (page: Page, id: string) => page.locator(`[data-volume-pane="${id}"]`)
/** Where a place of the axial slice lies in the window, in millimetres of the patient. */
async function axial(page: Page, x: number, y: number): Promise<[number, number]> {
  const box = await pane(page, 'axial').boundingBox()
  if (!box) throw new Error('no pane')
  const scale = Math.min(box.width, box.height) / (side * 1.02)
  return [box.x + box.width / 2 + (x + 0.5) * scale, box.y + box.height / 2 + (y + 0.5) * scale]
}

test('a volume is measured in millimetres, and a curve drawn on it makes a panoramic with its cross-sections', async ({
  staffPage: page,
}) => {
  await page.goto(`/volume/${study}`)
  await ready(page)
  await expect(page.locator('[data-volume-state="loaded"]')).toBeVisible()
  for (const id of ['axial', 'coronal', 'sagittal'])
    await expect(pane(page, id)).toHaveAttribute('data-shown')

  // the bar is 12 mm long
  await page.keyboard.press('l')
  const [from, to] = [await axial(page, -6.5, 0), await axial(page, 5.5, 0)]
  await page.mouse.move(...from)
  await page.mouse.down()
  await page.mouse.move(...to, { steps: 3 })
  await page.mouse.up()
  if ((await page.getByRole('complementary').count()) === 0) await page.keyboard.press('g')
  const panel = page.getByRole('complementary')
  await expect(panel).toContainText(/12,0\smm/)

  await page.keyboard.press('k')
  for (const [x, y] of [
    [-12, 8],
    [-6, -2],
    [0, -5],
    [6, -2],
    [12, 8],
  ] as const) {
    await page.mouse.click(...(await axial(page, x, y)))
  }
  await expect(pane(page, 'panoramic')).toHaveAttribute('data-shown')
  await expect(page.getByRole('group', { name: /^Coupe \d+$/ })).toHaveCount(3)
  await expect(panel).toContainText('Tout est enregistré')
  expect((await axeOf(page).analyze()).violations).toEqual([])
})

test('linked series of one scan scroll by place, and one of another by its share', async ({
  staffPage: page,
}) => {
  await page.goto(`/view/${linked.study}`)
  await ready(page)
  await page.getByRole('button', { name: 'Disposition' }).click()
  await page.getByRole('button', { name: '3 × 1' }).click()
  const panes = [1, 2, 3].map((number) => page.locator(`[data-pane="${number}"]`))
  for (const each of panes) await expect(each).toHaveAttribute('data-state', 'picture')
  const at = async () => {
    const texts = await Promise.all(panes.map((each) => each.innerText()))
    const found = texts.map((text) => /(\d+) \/ (\d+)/.exec(text) ?? [])
    // in the order of their sizes, whatever order they came in
    return Object.fromEntries(found.map(([, number, count]) => [Number(count), Number(number)]))
  }
  await expect.poll(at).toEqual({ 24: 13, 20: 11, 10: 6 })
  await expect(page.getByRole('link', { name: 'Volume et courbe panoramique' })).toHaveAttribute(
    'href',
    new RegExp(`^/volume/${linked.study}\\?series=`),
  )
  const thin = page.locator('[data-pane]').filter({ hasText: /\/ 24/ })
  await page.keyboard.press('b')
  await thin.getByRole('slider').press('ArrowDown')
  await expect.poll(async () => (await at())[24]).not.toBe(13)
  const moved = (await at())[24] ?? 0
  await expect.poll(at).toMatchObject({ 24: moved, 20: nearest(moved) })
  await thin.getByRole('slider').press('Home')
  await expect.poll(at).toEqual({ 24: 1, 20: nearest(1), 10: 1 })
  await thin.getByRole('slider').press('End')
  await expect.poll(at).toEqual({ 24: 24, 20: 20, 10: 10 })
})
/** Of 20 slices from −16 mm, 2 mm apart, the one nearest to so many millimetres; the lower of two. */
const nearest = (millimetres: number) => Math.min(20, Math.ceil((millimetres + 16 - 1) / 2) + 1)

test('a distance on models is kept; those of two visits stand side by side, and a file without a unit is kept as what people say it is', async ({
  staffPage: page,
}) => {
  await page.goto('/?q=cote')
  await page.getByRole('link', { name: /Côté, Élodie/ }).click()
  await page
    .getByRole('link', { name: /^Modèles/ })
    .first()
    .click()
  await page.waitForURL(/\/models\//)
  await ready(page)
  const drawn = page.locator('[data-model-stage="drawn"]')
  await expect(drawn).toHaveCount(1)

  // what is measured is kept, with its author, until it is taken away
  await page.keyboard.press('l')
  const stage = await drawn.boundingBox()
  if (!stage) throw new Error('no models')
  const kept = () => page.waitForResponse((answer) => decodeURIComponent(answer.url()).endsWith('?/measure'))
  const [added] = await Promise.all([
    kept(),
    (async () => {
      for (const across of [0.42, 0.58])
        await page.mouse.click(stage.x + across * stage.width, stage.y + 0.42 * stage.height)
    })(),
  ])
  expect(added.status()).toBe(200)
  const distances = page.getByRole('list', { name: 'Mesures' }).getByRole('listitem')
  await expect(distances).toHaveText(/^\d+,\d\smm Vous, à l’instant/)
  const figure = /^[\d,]+/.exec((await distances.textContent()) ?? '')?.[0] ?? ''
  await page.reload()
  await ready(page)
  await expect(distances).toHaveText(new RegExp(`^${figure}\\smm Marc Gagné, `))
  await Promise.all([kept(), page.getByRole('button', { name: /^Retirer \d/ }).click()])
  await expect(distances).toHaveCount(0)
  await page.reload()
  await ready(page)
  await expect(drawn).toHaveCount(1)
  await expect(distances).toHaveCount(0)

  await page.keyboard.press('c')
  await expect(drawn).toHaveCount(2)
  await page.keyboard.press('5')
  await expect(page.getByRole('button', { name: 'Occlusale inf.' })).toHaveAttribute('aria-pressed', 'true')
  expect((await axeOf(page).analyze()).violations).toEqual([])

  // half a pyramid of two inches, in a patient of its own
  await page.goto('/?q=volume')
  await page.getByRole('link', { name: /Volume, Vera/ }).click()
  await ready(page)
  const facet = (...corners: (readonly number[])[]) =>
    `facet normal 0 0 0 outer loop ${corners.map((at) => `vertex ${at.join(' ')}`).join(' ')} endloop endfacet`
  const pyramid = (by: number) => {
    const [a, b, c, d] = [[0, 0, 0], [2 * by, 0, 0], [0, 2 * by, 0], [0, 0, by]] as const // prettier-ignore
    const facets = [facet(a, c, b), facet(a, b, d), facet(b, c, d), facet(c, a, d)]
    return Buffer.from(`solid x\n${facets.join('\n')}\nendsolid`)
  }
  await page.keyboard.press('u')
  const scan = { name: 'maxilla_scan.stl', mimeType: 'model/stl', buffer: pyramid(1) }
  const dialog = page.getByRole('dialog', { name: 'Modèles numériques' })

  // what is of no mouth in any unit is not stored, and each of two scans of different units is asked about
  await page.getByTestId('choose-files').setInputFiles([
    { ...scan, name: 'maison.stl', buffer: pyramid(2000) },
    { ...scan, name: 'upper.stl', buffer: pyramid(31) },
    { ...scan, name: 'lower.stl', buffer: pyramid(1.2) },
  ])
  await expect(dialog).toContainText('rien dans une bouche n’a cette taille')
  await expect(dialog.getByRole('radio')).toHaveCount(0)
  await dialog
    .getByRole('combobox', { name: 'Unité de upper.stl' })
    .selectOption({ label: 'Millimètres (62 mm)' })
  await dialog.getByRole('button', { name: /Enregistrer 2/ }).click()
  await expect(dialog.getByRole('alert')).toContainText('Aucune unité ne convient')
  const missing = dialog.getByRole('combobox', { name: 'Unité de lower.stl' })
  await expect(missing).toBeFocused()
  await expect(missing.getByRole('option')).toHaveText([
    'Quelle unité?',
    'Pouces (61 mm)',
    'Centimètres (24 mm)',
  ])
  await dialog.getByRole('button', { name: 'Annuler' }).click()

  await page.keyboard.press('u')
  await page.getByTestId('choose-files').setInputFiles([scan])
  await expect(dialog.getByRole('combobox')).toHaveValue('upper')
  // a unit in which no mouth has such a thing is not offered, nor to store it without one
  await expect(dialog.getByRole('radio')).toHaveCount(2)
  await dialog.getByRole('button', { name: /Enregistrer 1/ }).click()
  await expect(dialog.getByRole('alert')).toContainText('Choisissez une unité')
  await dialog.getByRole('radio', { name: /Pouces \(50,8 mm\)/ }).check()
  await dialog.getByRole('button', { name: /Enregistrer 1/ }).click()
  const link = page.getByRole('link', { name: /^Modèles/ }).first()
  await link.click()
  await page.waitForURL(/\/models\//)
  await ready(page)
  await expect(page.locator('[data-model-stage="drawn"]')).toHaveCount(1)
  // it says its unit, and it can be: nothing is asked
  await expect(page.getByRole('group', { name: 'Échelle du modèle' })).toHaveCount(0)
})
