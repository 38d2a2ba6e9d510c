import { axeOf } from '../axe-of.ts'
import { showIn } from '../show-in.ts'
import { expect, type Page } from '@playwright/test'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [
    dicomFile({ patientName: 'Vachon^Alix', patientId: 'A-1' }),
    dicomFile({ patientName: '', patientId: '' }),
    dicomFile({ patientName: `${longName}^Marie-Antoinette-Éléonore`, patientId: 'A-2' }),
  ])
})

const longName = 'Wolfeschlegelsteinhausenbergerdorffmontmorency'

/** Each theme and each width once: what depends on the one does not depend on the other. */
const looks = [
  { colorScheme: 'dark', width: 390 },
  { colorScheme: 'light', width: 1440 },
] as const

async function inBothLooks(page: Page, where: string, check: (page: Page, where: string) => Promise<void>) {
  for (const { colorScheme, width } of looks) {
    await showIn(page, colorScheme, width)
    await check(page, `${where}, ${colorScheme}, ${width} px`)
  }
}

async function expectNoFaults(page: Page, where: string) {
  const { violations } = await axeOf(page).analyze()
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

const expectNoFaultsAndFits = async (page: Page, where: string) => {
  await expectNoFaults(page, where)
  await expectFits(page, where)
}

async function visit(page: Page, path: string) {
  await page.goto(path)
  await ready(page)
  await inBothLooks(page, path, expectNoFaultsAndFits)
}

test.describe('no faults that axe can find, dark on a phone and light at a desk', () => {
  test('on pages without an account', async ({ staffPage, browser }) => {
    await staffPage.goto('/?q=vachon')
    await staffPage.getByRole('link', { name: /Vachon, Alix/ }).click()
    await staffPage
      .getByRole('link', { name: /Partag/ })
      .first()
      .click()
    await staffPage.getByLabel('Pour qui').fill('Alix')
    await staffPage.getByRole('button', { name: 'Créer le lien' }).click()
    const link = await staffPage.getByLabel('Lien', { exact: true }).inputValue()
    await inBothLooks(staffPage, 'link made', expectNoFaults)

    const context = await browser.newContext()
    const stranger = await context.newPage()
    await visit(stranger, '/login')
    await visit(stranger, `/share/${'x'.repeat(43)}`)
    await visit(stranger, link)
    await stranger.getByRole('button', { name: 'See the images' }).click()
    await expect(stranger.getByRole('heading', { name: 'Your images' })).toBeVisible()
    await inBothLooks(stranger, 'shared', expectNoFaultsAndFits)
    await stranger
      .getByRole('button', { name: /^Look at/ })
      .first()
      .click()
    await expect(stranger.getByRole('dialog').locator('img[data-sharp="true"]')).toBeVisible()
    await inBothLooks(stranger, 'shared image', expectNoFaults)
    await context.close()
  })

  test('on lists', async ({ staffPage }) => {
    for (const path of ['/?list=all', '/?list=unsorted', '/?q=zzzz', '/nowhere', '/']) {
      await visit(staffPage, path)
    }
    await staffPage.getByRole('button', { name: 'Compte et réglages' }).click()
    await inBothLooks(staffPage, 'menu', expectNoFaults)
    await staffPage.keyboard.press('Escape')
    await staffPage.keyboard.press('?')
    await expect(staffPage.getByRole('dialog', { name: 'Raccourcis clavier' })).toBeVisible()
    await inBothLooks(staffPage, 'keys', expectNoFaults)
  })

  test('on a patient, their images and the tray of uploads', async ({ staffPage }) => {
    await staffPage.goto('/?q=vachon')
    await staffPage.getByRole('link', { name: /Vachon, Alix/ }).click()
    await expect(staffPage.getByRole('heading', { level: 1, name: 'Vachon, Alix' })).toBeVisible()
    await inBothLooks(staffPage, 'patient', expectNoFaultsAndFits)
    await staffPage
      .getByRole('button', { name: /^Regarder/ })
      .first()
      .click()
    await expect(
      staffPage.getByRole('dialog', { name: 'Coup d’œil' }).locator('img[data-sharp="true"]'),
    ).toBeVisible()
    await inBothLooks(staffPage, 'look', expectNoFaults)
    await staffPage.keyboard.press('Escape')
    await staffPage.getByRole('button', { name: 'Ajouter des images' }).click()
    await expect(staffPage.getByRole('dialog', { name: 'Ajouter des images' })).toBeVisible()
    await inBothLooks(staffPage, 'upload dialog', expectNoFaults)
    await staffPage.getByTestId('choose-files').setInputFiles([
      { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('no image') },
      { name: 'DICOMDIR', mimeType: 'application/dicom', buffer: Buffer.alloc(500) },
    ])
    await expect(staffPage.getByTestId('uploads')).toContainText('a.txt')
    await inBothLooks(staffPage, 'tray', expectNoFaultsAndFits)

    const patient = new URL(staffPage.url()).pathname
    await visit(staffPage, `${patient}/plans`)
  })

  test('on the audit trail and the quarantine', async ({ page, system }) => {
    await actAs(page, system, 'owner')
    await visit(page, '/audit')
    await actAs(page, system, 'operator')
    await visit(page, '/quarantine')
  })
})

test('a name of one word that is longer than a line leaves no page wider than a phone', async ({
  staffPage,
}) => {
  await staffPage.setViewportSize({ width: 390, height: 844 })
  await staffPage.goto(`/?q=${longName}`)
  await ready(staffPage)
  expect(await reachesBeyond(staffPage)).toEqual([])
  await staffPage.getByRole('link', { name: new RegExp(longName) }).click()
  await staffPage.waitForURL(/\/patients\/[^/]+$/)
  const patient = new URL(staffPage.url()).pathname
  for (const page of ['', '/ceph', '/mounts', '/merge', '/plans', '/teeth', '/orthodontics']) {
    await staffPage.goto(`${patient}${page}`)
    await ready(staffPage)
    expect([page, await reachesBeyond(staffPage)]).toEqual([page, []])
  }
  await staffPage.goto('/?list=unsorted')
  expect(await reachesBeyond(staffPage)).toEqual([])
})

/** What makes a page wider than the screen, in its words. */
const reachesBeyond = (page: Page) =>
  // as text: this project's types know no browser
  page.evaluate<string[]>(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return []
    return [...document.querySelectorAll('body *')]
      .filter((each) => each.children.length === 0 && each.getBoundingClientRect().right > clientWidth + 1)
      .map((each) => each.tagName + ' ' + each.textContent.trim().slice(0, 60))
  })()`)

test('whose page it is stays in sight; on paper it is light, and there is nothing to press', async ({
  staffPage,
}) => {
  await staffPage.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await staffPage.setViewportSize({ width: 1024, height: 320 })
  await staffPage.goto('/?q=vachon')
  await staffPage.getByRole('link', { name: /Vachon, Alix/ }).click()
  await ready(staffPage)
  const line = staffPage.locator('[data-patient-line]')
  await expect(line).toBeEmpty()
  await staffPage.mouse.move(500, 200)
  await staffPage.mouse.wheel(0, 5000)
  await expect(line).toContainText('Vachon, Alix')

  await staffPage.emulateMedia({ media: 'print', colorScheme: 'dark' })
  await expect(staffPage.getByRole('heading', { level: 1, name: 'Vachon, Alix' })).toBeVisible()
  for (const role of ['navigation', 'button'] as const) {
    // a picture is a button that opens it large
    const pressed = staffPage.getByRole(role).filter({ hasNot: staffPage.locator('img') })
    await expect(pressed).toHaveCount(0)
  }
  await expect(staffPage.locator('a[href="#content"]')).toBeHidden()
  await expect // colours follow in a moment
    .poll(() => staffPage.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor'))
    .toBe('rgb(255, 255, 255)')
  await staffPage.goto('/appointments?day=2031-02-03')
  await expect(staffPage.getByRole('columnheader', { name: 'Patient' })).toBeVisible()
})

test('the first Tab leads past the bar to the content', async ({ staffPage }) => {
  await staffPage.goto('/')
  await ready(staffPage)
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
  await staffPage.goto('/')
  await ready(staffPage)
  const light = await ground()
  await staffPage.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(ground).not.toBe(light)
  const dark = await ground()
  await staffPage.emulateMedia({ colorScheme: 'light' })
  await expect.poll(ground).toBe(light)
  await staffPage.getByRole('button', { name: 'Compte et réglages' }).click()
  await staffPage.getByRole('button', { name: 'Sombre' }).click()
  await expect.poll(ground).toBe(dark)
  await staffPage.reload({ waitUntil: 'commit' })
  await expect(staffPage.locator('html')).toHaveClass(/dark/)
})
