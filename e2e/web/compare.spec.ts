import { axeOf } from '../axe-of.ts'
import { devices, expect, type Page } from '@playwright/test'
import sharp from 'sharp'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

const alice = { patientName: 'Ouellet^Alice', patientId: 'CMP-1', birthDate: '20120504' }
const earliest = newUid()
const latest = newUid()

/** Two rows of uneven teeth, moved by whole pixels. */
const mouth = (dx: number, dy: number) => (x: number, y: number) => {
  let light = 30 + 0.3 * y
  for (let tooth = 0; tooth < 14; tooth++) {
    const across = 10 + (tooth % 7) * 13 + ((tooth * 5) % 4) + dx
    const down = (tooth < 7 ? 34 : 62) + ((tooth * 7) % 6) + dy
    const size = 3 + ((tooth * 3) % 4)
    light +=
      (90 + ((tooth * 37) % 60)) * Math.exp(-((x - across) ** 2 + 0.5 * (y - down) ** 2) / (2 * size ** 2))
  }
  return Math.min(255, Math.round(light))
}

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [
    dicomFile({ ...alice, studyDate: '20250506', studyInstanceUid: earliest, draw: mouth(0, 0) }),
    dicomFile({ ...alice, studyDate: '20261103', sopInstanceUid: latest, draw: mouth(6, -4) }),
    dicomFile({ ...alice, studyDate: '20260127', draw: (x, y) => ((x * 7) ^ (y * 13)) % 256 }),
  ])
})

async function compare(page: Page, query = 'ouellet', name = /Ouellet, Alice/) {
  await page.goto(`/?q=${query}`)
  await page.getByRole('link', { name }).click()
  await page.getByRole('link', { name: 'Comparer', exact: true }).click()
  await ready(page)
  await expect(page.getByRole('slider', { name: 'Limite entre les images' })).toBeVisible()
}
/** What lies on the first picture; the second of the stage. */
const onTop = (page: Page) => page.getByRole('region', { name: 'Comparaison' }).locator('img').nth(1)
const matrixOf = async (page: Page) =>
  (/matrix\(([^)]*)\)/.exec((await onTop(page).getAttribute('style')) ?? '')?.[1] ?? '')
    .split(',')
    .map(Number)
const panesOf = (page: Page) => page.getByRole('region', { name: 'Comparaison' }).locator('figure')
/** Marks a place of a picture that is being aligned. */
async function mark(page: Page, pane: number, x: number, y: number) {
  const box = await panesOf(page).nth(pane).boundingBox()
  if (!box) throw new Error('no pane')
  const unit = Math.min(box.width, box.height) / 96
  await page.mouse.click(box.x + box.width / 2 + (x - 48) * unit, box.y + box.height / 2 + (y - 48) * unit)
}

test('one press compares the first image with the latest, and says what not to read from it', async ({
  staffPage,
}) => {
  await compare(staffPage)
  const stage = staffPage.getByRole('region', { name: 'Comparaison' })
  await expect(stage).toContainText('6 mai 2025')
  await expect(stage).toContainText('3 novembre 2026')
  await expect(staffPage.getByText('Non alignées')).toBeVisible()
  const doubts = staffPage.getByRole('list', { name: 'À prendre en compte' })
  await expect(doubts).toContainText('Tailles réelles inconnues')
  await expect(doubts).toContainText('Luminosité réglée séparément')
  for (const picture of await stage.locator('img').all())
    await expect(picture).not.toHaveJSProperty('naturalWidth', 0)

  const divider = staffPage.getByRole('slider', { name: 'Limite entre les images' })
  await divider.focus()
  await staffPage.keyboard.press('Home')
  await expect(divider).toHaveAttribute('aria-valuenow', '0')
  await divider.blur()
  for (const [key, name] of [
    ['1', 'Côte à côte'],
    ['3', 'Superposition'],
    ['4', 'Alternance'],
    ['5', 'Différence'],
  ]) {
    await staffPage.keyboard.press(String(key))
    await expect(staffPage.getByRole('button', { name })).toHaveAttribute('aria-pressed', 'true')
    await expect(stage.locator('img')).toHaveCount(2)
  }
  const { violations } = await axeOf(staffPage).analyze()
  expect(
    violations.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
  ).toEqual([])
})

test('what moved is found by itself; what cannot be found is not guessed', async ({ staffPage }) => {
  await compare(staffPage)
  const align = staffPage.getByRole('button', { name: 'Aligner automatiquement' })
  await align.click()
  await expect(staffPage.getByText(/^Alignées automatiquement/)).toBeVisible()
  const [a = 0, b = 1, , , dx = 0, dy = 0] = await matrixOf(staffPage)
  expect(Math.hypot(a - 1, b)).toBeLessThan(0.03)
  // at the middle of the picture
  expect(a * 48 - b * 48 + dx - 48).toBeCloseTo(-6, -0.5)
  expect(b * 48 + a * 48 + dy - 48).toBeCloseTo(4, -0.5)

  // the later one out, the picture of nothing in
  const strip = staffPage.getByRole('group', { name: 'Images de ce patient' })
  await strip.getByRole('button', { name: /3 nov/ }).click()
  await strip.getByRole('button', { name: /27 janv/ }).click()
  await expect(staffPage.getByText('Non alignées')).toBeVisible()
  await align.click()
  await expect(staffPage.getByText(/Alignement automatique incertain/)).toBeVisible()
  await expect(staffPage.getByText('Non alignées')).toBeVisible()
})

test('blinking shows one image and then the other, and rests while the space bar has stopped it', async ({
  staffPage,
}) => {
  await staffPage.clock.install()
  await compare(staffPage)
  const stage = staffPage.getByRole('region', { name: 'Comparaison' })
  for (const picture of await stage.locator('img').all())
    await expect(picture).not.toHaveJSProperty('naturalWidth', 0)
  await staffPage.clock.pauseAt(Date.now() + 60_000)
  await staffPage.getByRole('button', { name: 'Alternance' }).click()
  // a tooth of the first, beside one of the other
  const box = await stage.locator('img').first().boundingBox()
  if (!box) throw new Error('no picture')
  const [column, line] = [23, 65]
  const place = { x: box.x + ((column + 0.5) / 96) * box.width, y: box.y + ((line + 0.5) / 96) * box.height }
  const light = async () => {
    const picture = await staffPage.screenshot({
      clip: { x: place.x - 3, y: place.y - 3, width: 6, height: 6 },
    })
    return Math.round((await sharp(picture).stats()).channels[0]?.mean ?? -1)
  }
  const [first, other] = [mouth(0, 0)(column, line), mouth(6, -4)(column, line)]
  expect(first - other).toBeGreaterThan(100)
  const shows = async () => ((await light()) > (first + other) / 2 ? 'first' : 'other')
  await expect.poll(shows).toBe('first')
  await staffPage.clock.runFor(900)
  await expect.poll(shows).toBe('other')
  await expect(stage).toContainText('3 novembre 2026')
  await staffPage.clock.runFor(900)
  await expect.poll(shows).toBe('first')
  await staffPage.keyboard.press('Space')
  await expect(staffPage.getByRole('button', { name: 'Reprendre' })).toBeVisible()
  await staffPage.clock.runFor(2700)
  expect(await shows()).toBe('first')
  await stage.getByRole('button', { name: 'Autre image' }).click()
  await expect.poll(shows).toBe('other')
  await staffPage.getByRole('button', { name: 'Reprendre' }).click()
  await staffPage.clock.runFor(900)
  await expect.poll(shows).toBe('first')
})

test('points align exactly, tell their error, are kept and opened again as they were', async ({
  staffPage,
}) => {
  await compare(staffPage)
  await staffPage.getByRole('button', { name: 'Aligner par points' }).click()
  const panes = panesOf(staffPage)
  for (const [x, y] of [
    [20, 30],
    [70, 64],
  ] as const) {
    await mark(staffPage, 0, x, y)
    await mark(staffPage, 1, x + 6, y - 4)
  }
  await expect(staffPage.getByText(/Alignées par points.*ajoutez un troisième point/)).toBeVisible()
  await mark(staffPage, 0, 60, 25)
  await mark(staffPage, 1, 66, 21)
  await expect(
    staffPage.getByText(/Alignées par points.*erreur d’environ 0,\d % de la largeur/),
  ).toBeVisible()

  // by keyboard, a pixel at a time
  await panes
    .nth(1)
    .getByRole('button', { name: /^Repère 3/ })
    .press('Shift+ArrowRight')
  await expect(staffPage.getByText(/Alignées par points.*erreur d’environ [1-9]/)).toBeVisible()

  await staffPage.getByRole('button', { name: 'Terminé' }).click()
  const before = await matrixOf(staffPage)
  await staffPage.getByLabel('Nom de la comparaison').fill('Avant et après')
  await staffPage.getByRole('button', { name: 'Enregistrer', exact: true }).click()
  await expect(staffPage.getByRole('button', { name: 'Enregistrée' })).toBeVisible()
  await expect(staffPage).toHaveURL(/saved=/)

  await staffPage.reload()
  await ready(staffPage)
  await expect(staffPage.getByLabel('Nom de la comparaison')).toHaveValue('Avant et après')
  expect(await matrixOf(staffPage)).toEqual(before)
  await expect(staffPage.getByText(/^Alignées par points/)).toBeVisible()

  await staffPage.getByRole('button', { name: 'Retirer cette comparaison' }).click()
  await expect(staffPage.getByRole('link', { name: 'Avant et après' })).toBeHidden()
  await staffPage.getByRole('button', { name: 'Annuler', exact: true }).click()
  await expect(staffPage.getByRole('link', { name: 'Avant et après' })).toBeVisible()
})

// PS3.17 §O.1: of an image without a Frame of Reference the middle of the first pixel is (0, 0, 0)
test('an alignment is stored with the first image as a DICOM Spatial Registration, found by a search, with the matrix that the page shows', async ({
  staffPage,
  system,
}) => {
  await compare(staffPage)
  const store = async () => {
    await staffPage.getByRole('button', { name: 'Exporter' }).click()
    await staffPage.getByRole('button', { name: 'Recalage DICOM' }).click()
  }
  await store()
  await expect(staffPage.getByText('Rien n’est encore aligné.')).toBeVisible()

  await staffPage.getByRole('button', { name: 'Aligner par points' }).click()
  // moved by (6, −4), and larger by a tenth about (40, 40)
  const there = (x: number, y: number) => [46 + 1.1 * (x - 40), 36 + 1.1 * (y - 40)] as const
  for (const [x, y] of [
    [20, 30],
    [70, 64],
  ] as const) {
    await mark(staffPage, 0, x, y)
    await mark(staffPage, 1, ...there(x, y))
  }
  await staffPage.getByRole('button', { name: 'Terminé' }).click()
  for (let time = 0; time < 2; time++) {
    await store()
    await expect(staffPage.getByText(/Enregistré avec l’examen.*Spatial Registration/)).toBeVisible()
  }
  const [a = 0, b = 0, , , dx = 0, dy = 0] = await matrixOf(staffPage)

  type DataSet = Record<string, { Value?: unknown[] } | undefined>
  const dicom = async (path: string) => {
    const headers = { Authorization: `Bearer ${system.demo.token}`, Accept: 'application/dicom+json' }
    const answer = await staffPage.request.get(`/dicom-web/studies/${earliest}${path}`, { headers })
    expect(answer.status()).toBe(200)
    return (await answer.json()) as DataSet[]
  }
  const items = (dataSet: DataSet | undefined, tag: string) => (dataSet?.[tag]?.Value ?? []) as DataSet[]
  const value = (dataSet: DataSet | undefined, tag: string) => dataSet?.[tag]?.Value?.[0]
  // once, however often it is asked for
  const found = await dicom('/instances?Modality=REG')
  expect(found).toHaveLength(1)
  const [registration] = await dicom(`/series/${String(value(found[0], '0020000E'))}/metadata`)
  const item = items(registration, '00700308').find(
    (each) => value(items(each, '00081140')[0], '00081155') === latest,
  )
  const [one] = items(items(item, '00700309')[0], '0070030A')
  const matrix = (one?.['300600C6']?.Value ?? []).map(Number)
  expect(matrix).toHaveLength(16)
  // middles of pixels of the later image, in pixels, since there is no spacing, onto the first one
  for (const [x, y] of [
    [0, 0],
    [90, 10],
    [12, 80],
  ] as const) {
    const [m0 = 0, m1 = 0, , m3 = 0, m4 = 0, m5 = 0, , m7 = 0] = matrix
    const onto = [m0 * x + m1 * y + m3, m4 * x + m5 * y + m7] as const
    expect(onto[0]).toBeCloseTo(a * (x + 0.5) - b * (y + 0.5) + dx - 0.5, 2)
    expect(onto[1]).toBeCloseTo(b * (x + 0.5) + a * (y + 0.5) + dy - 0.5, 2)
    // as it was marked
    const [backX, backY] = there(onto[0] + 0.5, onto[1] + 0.5)
    expect(Math.hypot(backX - x - 0.5, backY - y - 0.5)).toBeLessThan(0.5)
  }
  expect(value(one, '0070030C')).toBe('RIGID_SCALE')
})

// a year of records to a before and after in a share; a patient on a phone, without an account
test('a comparison in a link is seen on a phone as it was aligned, and nothing else; in a plan too; revoked, it is gone', async ({
  staffPage,
  browser,
  system,
}) => {
  await compare(staffPage)
  await staffPage.getByRole('button', { name: 'Aligner automatiquement' }).click()
  await expect(staffPage.getByText(/^Alignées automatiquement/)).toBeVisible()
  const aligned = await matrixOf(staffPage)
  const share = async (how: string) => {
    await staffPage.getByRole('button', { name: 'Partager', exact: true }).click()
    await staffPage.getByRole('button', { name: how }).click()
  }
  // what is given away is kept first
  await share('Par un lien')
  const dialog = staffPage.getByRole('dialog', { name: 'Partager cette comparaison' })
  await expect(dialog.getByLabel('Pour qui')).toHaveValue('Alice Ouellet')
  await expect(staffPage).toHaveURL(/saved=/)
  await dialog.getByRole('button', { name: 'Créer le lien' }).click()
  await expect(dialog.getByRole('img', { name: /Code qui ouvre/ })).toBeVisible()
  await expect(dialog.getByRole('listitem')).toContainText('montre cette comparaison')
  const link = await dialog.getByLabel('Lien', { exact: true }).inputValue()

  const { defaultBrowserType: _, ...pixel } = devices['Pixel 7']
  const phone = await browser.newContext({ ...pixel, locale: 'en-CA' })
  const page = await phone.newPage()
  await page.goto(link)
  await page.getByRole('button', { name: 'See the images' }).click()
  const shown = page.getByRole('region', { name: 'Before and after' })
  await expect(shown).toContainText('May 6, 2025')
  await expect(shown).toContainText('November 3, 2026')
  await expect(shown).toContainText('Aligned automatically')
  await expect(shown.getByRole('list', { name: 'What to mind' })).toContainText('Brightness was set for each')
  const stages = shown.locator('svg[role="img"]:visible')
  const pictures = stages.locator('image')
  await expect(pictures).toHaveCount(2)
  const numbers = (await pictures.nth(1).getAttribute('transform'))?.match(/-?[\d.]+(e-?\d+)?/g) ?? []
  // the staff's page tells it as the browser rounds a style
  for (const [at, number] of numbers.entries()) expect(Number(number)).toBeCloseTo(aligned[at] ?? NaN, 3)
  const addresses = await Promise.all((await pictures.all()).map((each) => each.getAttribute('href')))
  const status = async (path: string) =>
    (await phone.request.get(system.url + path, { maxRedirects: 0 })).status()
  for (const address of addresses) expect(await status(address ?? '')).toBe(200)
  const folder = new URL(page.url()).pathname
  const [study = '', series = '', instance = ''] = addresses[0]?.split('/').slice(4) ?? []
  const source = await staffPage
    .getByRole('group', { name: 'Images de ce patient' })
    .getByRole('button', { name: /27 janv/ })
    .locator('img')
    .first()
    .getAttribute('src')
  const unshown = new URL(source ?? '', system.url).pathname
  expect([
    await status(folder + unshown),
    await status(`${folder}/dicom-web/studies/${study}/series/${series}/instances/${instance}`),
    await status(`${folder}/dicom-web/studies/${study}/metadata`),
    await status(addresses[0]?.replace(folder, '') ?? ''),
    await status('/'),
  ]).toEqual([401, 401, 401, 401, 303])

  await ready(page)
  const stage = await stages.boundingBox()
  if (!stage) throw new Error('no picture')
  await page.touchscreen.tap(stage.x + stage.width / 4, stage.y + stage.height / 2)
  await expect(shown.getByRole('slider')).toHaveAttribute('aria-valuenow', '25')
  await shown.getByRole('button', { name: 'Side by side' }).tap()
  await expect(stages).toHaveCount(2)
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(pixel.viewport.width)
  const { violations } = await axeOf(page).analyze()
  expect(violations.map(({ id }) => id)).toEqual([])

  // into a draft of a plan, by one press
  await dialog.getByRole('button', { name: 'Fermer' }).click()
  const { pathname } = new URL(staffPage.url())
  const made = await staffPage.request.post(`${pathname.replace('compare', 'plans')}?/create`, {
    form: { title: 'Alignement' },
    headers: { Origin: system.url },
  })
  expect(made.status()).toBeLessThan(400)
  await staffPage.reload()
  await ready(staffPage)
  await share('Mettre dans un plan')
  const plans = staffPage.getByRole('dialog', { name: 'Mettre dans un plan' })
  await plans.getByRole('button', { name: 'Mettre dans un plan' }).click()
  await plans.getByRole('link', { name: 'Ouvrir le plan' }).click()
  const inPlan = staffPage.getByRole('region', { name: 'Avant et après' })
  await expect(inPlan.getByRole('link')).toContainText('6 mai 2025')
  await inPlan.getByRole('link').click()
  await ready(staffPage)

  await share('Par un lien')
  const revoke = dialog.getByRole('button', { name: /Révoquer le lien pour Alice/ })
  await revoke.click()
  await revoke.click()
  await expect(dialog.getByText('Aucun lien ouvert pour ce patient.')).toBeVisible()
  expect((await page.reload())?.status()).toBe(404)
  expect(await status(addresses[0] ?? '')).toBe(401)
  await phone.close()
})

test('a picture of the comparison leaves as a file without a name, on record', async ({
  staffPage,
  browser,
  system,
}) => {
  await compare(staffPage)
  await staffPage.getByRole('button', { name: 'Exporter' }).click()
  const [download] = await Promise.all([
    staffPage.waitForEvent('download'),
    staffPage.getByRole('button', { name: 'Image (PNG)' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('comparison.png')

  const owner = await browser.newPage()
  await actAs(owner, system, 'owner')
  await owner.goto(`${system.url}/audit`)
  await expect(owner.getByRole('cell', { name: /Comparaison exportée/ }).first()).toBeVisible()
  await owner.close()
})

// the words for screen readers in a strip that scrolls once lay outside it, and widened the page
test('the page of a patient with many images is no wider than a phone', async ({ staffPage, system }) => {
  const many = { patientName: 'Mercier^Nino', patientId: 'CMP-2' }
  const visits = ['20250506', '20261103'].map((studyDate) => ({ studyDate, studyInstanceUid: newUid() }))
  const images = visits.flatMap((visit) =>
    Array.from({ length: 7 }, (_, index) => dicomFile({ ...many, ...visit, number: index + 1 })),
  )
  await store(system.url, system.demo.token, images)
  await staffPage.setViewportSize({ width: 390, height: 844 })
  await compare(staffPage, 'mercier', /Mercier, Nino/)
  const strip = staffPage.getByRole('group', { name: 'Images de ce patient' })
  await expect(strip.getByRole('button')).toHaveCount(14)
  // as text: this project's types know no browser
  const { content, screen } = await staffPage.evaluate<{ content: number; screen: number }>(`({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  })`)
  expect(screen).toBe(390)
  expect(content).toBe(390)
})

test('the front desk compares nothing', async ({ browser, system, staffPage }) => {
  await compare(staffPage)
  const { pathname } = new URL(staffPage.url())
  const desk = await browser.newPage()
  await actAs(desk, system, 'front-desk')
  const response = await desk.goto(system.url + pathname)
  expect(response?.status()).toBe(403)
  await desk.close()
})
