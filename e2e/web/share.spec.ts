import { devices, expect, type Browser, type Page } from '@playwright/test'
import { test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

const [studyInstanceUid, seriesInstanceUid] = [newUid(), newUid()]
const patient = { patientName: 'Thériault^Océane', patientId: 'S-1' }
const shared = [1, 2].map((number) => dicomFile({ ...patient, studyInstanceUid, seriesInstanceUid, number }))
const notShared = dicomFile({ ...patient, studyDate: '20200101' })

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [...shared, notShared])
})

async function makeLink(page: Page): Promise<string> {
  await page.goto('/?q=theriault')
  await page.getByRole('link', { name: /Thériault, Océane/ }).click()
  await page
    .getByRole('article')
    .filter({ hasText: '20 novembre 2026' })
    .getByRole('link', { name: /Partag/ })
    .click()
  await page.getByLabel('Pour qui').fill('Océane (texto)')
  await expect(page.getByLabel('Expire après')).toHaveValue('30')
  await page.getByRole('button', { name: 'Créer le lien' }).click()
  await expect(page.getByRole('img', { name: /Code qui ouvre/ })).toBeVisible()
  return page.getByLabel('Lien', { exact: true }).inputValue()
}

async function phone(browser: Browser): Promise<Page> {
  const { defaultBrowserType: _, ...pixel } = devices['Pixel 7']
  const context = await browser.newContext({ ...pixel, locale: 'en-CA' })
  return context.newPage()
}

/** Two fingers enlarge, two taps show the whole, one finger leads on to the next. */
async function handle(page: Page) {
  const screen = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: [x: number, y: number][]) =>
    screen.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) })
  const picture = page.getByRole('dialog').locator('img[data-sharp]')

  await touch('touchStart', [180, 400], [220, 400])
  await touch('touchMove', [140, 400], [260, 400])
  await touch('touchMove', [100, 400], [300, 400])
  await touch('touchEnd')
  await expect(picture).toHaveAttribute('style', /scale\([2-9]/)
  // a slow machine may take two taps for two single ones, and a stroke for a slow one
  await expect(async () => {
    await page.touchscreen.tap(200, 400)
    await page.touchscreen.tap(200, 400)
    await expect(picture).toHaveAttribute('style', /scale\(1\)/, { timeout: 500 })
  }).toPass()
  await expect(async () => {
    await touch('touchStart', [320, 400])
    await touch('touchMove', [200, 402])
    await touch('touchMove', [80, 404])
    await touch('touchEnd')
    await expect(page.getByRole('dialog')).toContainText('2 of 2', { timeout: 500 })
  }).toPass()
}

test('a patient opens the link on a phone, sees the images at once, and nothing after it is revoked', async ({
  staffPage,
  browser,
  system,
}) => {
  const link = await makeLink(staffPage)
  expect(link.startsWith(`${system.url}/share/`)).toBe(true)

  const page = await phone(browser)
  const before = await page.goto(link)
  expect(before?.headers()['referrer-policy']).toBe('no-referrer')
  expect(before?.headers()['cache-control']).toContain('no-store')
  expect(before?.headers()['x-robots-tag']).toContain('noindex')
  // a scanner that follows links sees no name, opens nothing and spends nothing
  expect(await page.content()).not.toMatch(/Th(é|&eacute;)riault|Océane/)
  expect(await page.context().cookies()).toEqual([])

  await page.getByRole('button', { name: 'See the images' }).click()
  await expect(page.getByRole('heading', { name: 'Your images' })).toBeVisible()
  await expect(page.getByText('Taken on November 20, 2026')).toBeVisible()
  await expect(page.locator('main img')).toHaveCount(2)
  for (const picture of await page.locator('main img').all()) {
    await expect(picture).not.toHaveJSProperty('naturalWidth', 0)
  }
  // what is seen are previews; the files themselves are one press away
  await expect(page.getByText('These pictures are previews.')).toBeVisible()
  const originals = await page.getByRole('link', { name: /^The originals/ }).getAttribute('href')
  const zip = await page.request.get(new URL(originals ?? '', page.url()).href)
  expect([zip.status(), zip.headers()['content-type']]).toEqual([200, 'application/zip'])
  expect((await zip.body()).subarray(0, 2).toString()).toBe('PK')

  const [cookie] = await page.context().cookies()
  expect(cookie).toMatchObject({ name: 'bitewing_share', httpOnly: true, sameSite: 'Lax' })
  expect(cookie?.path).toBe(new URL(page.url()).pathname)

  await page
    .getByRole('button', { name: /^Look at/ })
    .first()
    .tap()
  await expect(page.getByRole('dialog').locator('img[data-sharp="true"]')).toBeVisible()
  await handle(page)
  await page.goBack()
  await expect(page.getByRole('dialog')).toBeHidden()

  // the link opens nothing else
  const status = async (path: string) =>
    (await page.request.get(system.url + path, { maxRedirects: 0 })).status()
  expect(await status('/')).toBe(303)
  expect(await status(`/dicom-web/studies/${studyInstanceUid}/metadata`)).toBe(401)
  expect(await status(`/renditions/${studyInstanceUid}/1/2/1/200.webp`)).toBe(401)
  const folder = new URL(page.url()).pathname
  expect(await status(`${folder}/renditions/${notShared.studyInstanceUid}/1/2/1/200.webp`)).toBe(404)

  // a second device works until the end
  const tablet = await phone(browser)
  await tablet.goto(link)
  await tablet.getByRole('button', { name: 'See the images' }).click()
  await expect(tablet.locator('main img')).toHaveCount(2)

  // out of reach for a moment it stays open, and so does a picture that does not come
  const unanswered = tablet.waitForEvent('requestfailed', (request) => request.method() === 'HEAD')
  await tablet.context().setOffline(true)
  await tablet
    .getByRole('button', { name: /^Look at/ })
    .first()
    .tap()
  await unanswered
  await expect(tablet.getByRole('dialog')).toContainText('1 of 2')
  await tablet.context().setOffline(false)
  await tablet.goBack()
  await expect(tablet.getByRole('dialog')).toBeHidden()

  await staffPage.reload()
  await expect(staffPage.getByRole('dialog')).toContainText(/ouvert 2 fois/)
  const revoke = staffPage.getByRole('button', { name: /Révoquer le lien pour Océane/ })
  await revoke.click()
  await expect(staffPage.getByText(/cesse de fonctionner à l’instant/)).toBeVisible()
  await staffPage.getByRole('button', { name: 'Le garder' }).click()
  await expect(staffPage.getByRole('dialog')).not.toContainText(/révoqué le/)
  await revoke.click()
  await revoke.click()
  await expect(staffPage.getByRole('dialog')).toContainText(/révoqué le/)

  // an open page says so with the next picture that it asks for
  await tablet
    .getByRole('button', { name: /^Look at/ })
    .first()
    .tap()
  const ended = { name: 'This link is no longer valid' }
  await expect(tablet.getByRole('heading', ended)).toBeVisible()
  // and one that was left open, when somebody comes back to it
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  await expect(page.getByRole('heading', ended)).toBeVisible()
  expect((await page.reload())?.status()).toBe(404)
  await expect(page.getByRole('heading', ended)).toBeVisible()
  expect((await tablet.goto(link))?.status()).toBe(404)
  await expect(tablet.getByRole('heading', ended)).toBeVisible()
  await Promise.all([page.context().close(), tablet.context().close()])
})

test('a link that never was looks like one that has ended', async ({ page }) => {
  expect((await page.goto(`/share/${'x'.repeat(43)}`))?.status()).toBe(404)
  await expect(page.getByRole('heading', { name: 'This link is no longer valid' })).toBeVisible()
  expect((await page.goto('/s/11111111-2222-4333-8444-555555555555'))?.status()).toBe(404)
  // whose page is asked for where no link was opened may still have it
  await expect(page.getByRole('heading', { name: 'Open your link again' })).toBeVisible()
})
