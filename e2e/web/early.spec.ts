import { expect, type Page } from '@playwright/test'
import { actAs, holdScripts, personOf, ready, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

/*
 * Somebody is faster than the network: what is typed, chosen and pressed before a page's scripts have come is kept, and
 * the page knows of it once they have.
 */

const person = { patientName: 'Lachance^Ève', patientId: 'E-1' }

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [
    dicomFile({ ...person, studyDate: '20250110' }),
    dicomFile({ ...person, studyDate: '20260110', shade: 90 }),
  ])
})

async function hasty(page: Page, path: string, act: () => Promise<void>) {
  const release = await holdScripts(page)
  await page.goto(path, { waitUntil: 'commit' })
  await act()
  await expect(page.locator('html[data-ready]')).toHaveCount(0)
  release()
  await ready(page)
}

async function patientPath(page: Page): Promise<string> {
  await page.goto('/?q=lachance')
  return (await page.getByRole('link', { name: /Lachance, Ève/ }).getAttribute('href')) ?? ''
}

test('on the list: a search and a press', async ({ staffPage: page }) => {
  await hasty(page, '/', async () => {
    await page.getByRole('searchbox').fill('lachance')
    await page.getByRole('button', { name: 'Ajouter des images' }).click()
  })
  await expect(page.getByRole('dialog', { name: 'Ajouter des images' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('searchbox')).toHaveValue('lachance')
  await expect(page.getByRole('heading', { name: '1 patient trouvé' })).toBeVisible()
})

test('a menu that is open stays open', async ({ staffPage: page }) => {
  const menu = page.getByRole('button', { name: 'Se déconnecter' })
  await hasty(page, '/', async () => {
    await page.getByRole('button', { name: 'Compte et réglages' }).click()
    await expect(menu).toBeVisible()
  })
  await expect(menu).toBeVisible()
})

test('at the log-in: who and the password', async ({ page, system }) => {
  const { email, password } = personOf(system, 'dentist')
  const fields = [page.getByLabel('E-mail'), page.getByLabel('Password', { exact: true })] as const
  await hasty(page, '/login', async () => {
    await fields[0].fill(email)
    await fields[1].fill(password)
  })
  await expect(fields[0]).toHaveValue(email)
  await expect(fields[1]).toHaveValue(password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page).toHaveURL(`${system.url}/`)
})

test('with a patient: the dialogs for sharing and for new images', async ({ staffPage: page }) => {
  const path = await patientPath(page)
  await hasty(page, path, async () => {
    await page
      .getByRole('link', { name: /Partag/ })
      .first()
      .click()
    await page.waitForURL(/share=/, { waitUntil: 'commit' })
  })
  const share = page.getByRole('dialog').filter({ has: page.getByLabel('Pour qui') })
  await expect(share).toBeVisible()
  await page.unrouteAll()
  await hasty(page, path, async () => page.getByRole('button', { name: 'Ajouter des images' }).click())
  await expect(page.getByRole('dialog', { name: 'Ajouter des images' })).toBeVisible()
})

test('with plans: a new one, and its name', async ({ staffPage: page }) => {
  const path = await patientPath(page)
  await hasty(page, `${path}/plans`, async () => {
    await page.getByRole('textbox', { name: 'Nouveau plan' }).fill('Vite')
    await page.getByRole('button', { name: 'Commencer un plan' }).click()
    await page.waitForURL(/plans\/[0-9a-f-]{36}/, { waitUntil: 'commit' })
  })
  const name = page.locator('[name="title"]')
  await expect(name).toHaveValue('Vite')
  await page.unrouteAll()
  const saved = page.waitForResponse((response) => response.request().method() === 'POST')
  await hasty(page, page.url(), async () => name.fill('Plus vite'))
  expect((await saved).ok()).toBe(true)
  await page.reload()
  await expect(name).toHaveValue('Plus vite')
})

test('in a comparison: its name, which can then be kept', async ({ staffPage: page }) => {
  await page.goto(`${await patientPath(page)}/compare`)
  await ready(page)
  const name = page.getByLabel('Nom de la comparaison')
  await name.fill('Avant')
  await page.getByRole('button', { name: 'Enregistrer', exact: true }).click()
  await expect(page).toHaveURL(/saved=/)
  await hasty(page, page.url(), async () => name.fill('Avant et après'))
  await expect(name).toHaveValue('Avant et après')
  await page.getByRole('button', { name: 'Enregistrer', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Enregistrée' })).toBeVisible()
})

test('in settings: choices and text', async ({ page, system }) => {
  await actAs(page, system, 'owner')
  const [palmer, currency] = [
    page.getByRole('radio', { name: /Palmer/ }),
    page.locator('input[name="currency"]'),
  ]
  await hasty(page, '/settings/plans', async () => {
    await palmer.check()
    await currency.fill('USD')
  })
  await expect(palmer).toBeChecked()
  await expect(currency).toHaveValue('USD')
})
