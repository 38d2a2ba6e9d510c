import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { logIn, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [
    dicomFile({ patientName: 'Vachon^Alix', patientId: 'A-1' }),
    dicomFile({ patientName: '', patientId: '' }),
  ])
})

async function expectNoFaults(page: Page, where: string) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(
    violations.map(
      ({ id, nodes }) => `${where}: ${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    ),
  ).toEqual([])
}

/** No page may scroll sideways, and what is pressed is 44 px high at least. */
async function expectFits(page: Page, where: string) {
  // as text: this project's types know no browser
  const { wide, small } = await page.evaluate<{ wide: boolean; small: string[] }>(`({
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    small: [...document.querySelectorAll('button, a[href], select, input:not([type=hidden], [type=checkbox], .hidden)')]
      .map((each) => ({ box: each.getBoundingClientRect(), text: each.tagName + ' ' + each.textContent.trim() }))
      .filter(({ box }) => box.width > 1 && box.height > 1 && box.height < 43.5 && box.bottom > 0)
      .map(({ text }) => text),
  })`)
  expect({ where, wide, small }).toEqual({ where, wide: false, small: [] })
}

// each theme and each width once
for (const [colorScheme, width] of [
  ['dark', 390],
  ['light', 1440],
] as const) {
  test(`no faults that axe can find, in the ${colorScheme} theme at ${width} px`, async ({
    page,
    system,
  }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height: 844 })
    const visit = async (path: string) => {
      await page.goto(path)
      await page.waitForLoadState('networkidle')
      await expectNoFaults(page, path)
      await expectFits(page, path)
    }
    await visit('/login')
    await visit(`/share/${'x'.repeat(43)}`)
    await logIn(page, system, 'dentist')
    for (const path of ['/', '/?list=all', '/?list=unsorted', '/?q=zzzz', '/nowhere']) await visit(path)

    await page.goto('/?q=vachon')
    await page.getByRole('link', { name: /Vachon, Alix/ }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Vachon, Alix' })).toBeVisible()
    await expectNoFaults(page, 'patient')
    await expectFits(page, 'patient')
    await page
      .getByRole('link', { name: /Partager/ })
      .first()
      .click()
    await expect(page.getByRole('dialog', { name: 'Partager cet examen' })).toBeVisible()
    await expectNoFaults(page, 'share')
    await page.keyboard.press('Escape')
    await page
      .getByRole('button', { name: /^Regarder/ })
      .first()
      .click()
    await expect(
      page.getByRole('dialog', { name: 'Coup d’œil' }).locator('img[data-sharp="true"]'),
    ).toBeVisible()
    await expectNoFaults(page, 'look')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Compte et réglages' }).click()
    await expectNoFaults(page, 'menu')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Raccourcis clavier' })).toBeVisible()
    await expectNoFaults(page, 'keys')

    await page.context().clearCookies()
    await logIn(page, system, 'operator')
    await visit('/quarantine')
  })
}

test('the first Tab leads past the bar to the content', async ({ staffPage }) => {
  await staffPage.goto('/')
  await staffPage.waitForLoadState('networkidle')
  await staffPage.keyboard.press('Tab')
  const skip = staffPage.getByRole('link', { name: 'Aller au contenu' })
  await expect(skip).toBeFocused()
  await expect(skip).toBeInViewport()
  await staffPage.keyboard.press('Enter')
  await expect(staffPage.locator('#content')).toBeFocused()
})

test('the theme is the system’s until one is chosen, and the choice is there at the first paint', async ({
  staffPage,
}) => {
  const ground = () =>
    staffPage.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
  await staffPage.emulateMedia({ colorScheme: 'dark' })
  const dark = await ground()
  await staffPage.emulateMedia({ colorScheme: 'light' })
  await expect.poll(ground).not.toBe(dark)
  await staffPage.getByRole('button', { name: 'Compte et réglages' }).click()
  await staffPage.getByRole('button', { name: 'Sombre' }).click()
  await expect.poll(ground).toBe(dark)
  await staffPage.reload({ waitUntil: 'commit' })
  await expect(staffPage.locator('html')).toHaveClass(/dark/)
})
