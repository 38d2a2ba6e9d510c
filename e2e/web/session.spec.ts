import { expect } from '@playwright/test'
import { actAs, logIn, test } from '../system.ts'

test('a wrong password is told calmly, the e-mail stays, and the right one leads to the page that was asked for', async ({
  page,
  system,
}) => {
  const [owner] = system.demo.users.filter(({ role }) => role === 'owner')
  await page.goto('/?list=all')
  await expect(page).toHaveURL(/\/login\?next=/)
  await page.getByLabel('E-mail').fill(owner?.email ?? '')
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByRole('alert')).toContainText('do not go together')
  await expect(page.getByLabel('E-mail')).toHaveValue(owner?.email ?? '')

  await page.getByRole('button', { name: 'Show password' }).click()
  await page.getByLabel('Password', { exact: true }).fill(owner?.password ?? '')
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('type', 'text')
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page).toHaveURL(/\/\?list=all$/)

  await page.getByRole('button', { name: /Compte et réglages|Account/ }).click()
  await page.getByRole('button', { name: /Se déconnecter|Log out/ }).click()
  await expect(page).toHaveURL(/\/login$/)
  await page.goto('/')
  await expect(page).toHaveURL(/\/login/)
})

test('guessing locks, and says when to try again', async ({ page }) => {
  await page.goto('/login')
  await page.getByLabel('E-mail').fill(`guess-${Date.now()}@demo.example`)
  for (let attempt = 0; attempt < 6; attempt++) {
    await page.getByLabel('Password', { exact: true }).fill(`guess ${attempt}`)
    const answered = page.waitForResponse((response) => response.request().method() === 'POST')
    await page.getByRole('button', { name: 'Log in' }).click()
    await answered
  }
  await expect(page.getByRole('alert')).toContainText(/Too many attempts. From \d.+ on you can try again\./)
})

test('log-in, search and log-out work without scripts', async ({ browser, system }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: system.url })
  const page = await context.newPage()
  await logIn(page, system, 'dentist')
  await page.locator('input[name="q"]').fill('personne de ce nom')
  await page.locator('input[name="q"]').press('Enter')
  await expect(page.getByText(/personne de ce nom/)).toBeVisible()
  await context.close()
})

test('the language follows the browser, and a choice is kept', async ({ browser, system }) => {
  const context = await browser.newContext({ locale: 'fr-CA', baseURL: system.url })
  const page = await context.newPage()
  await page.goto('/login')
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
  await expect(page.getByLabel('Courriel')).toBeVisible()
  await page.getByRole('button', { name: /English/ }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await page.reload()
  await expect(page.getByLabel('E-mail')).toBeVisible()
  await context.close()
})

test('staff switch the language of everything, and find it at the next log-in', async ({ page, system }) => {
  await actAs(page, system, 'assistant')
  await page.goto('/')
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
  await page.getByRole('button', { name: /English/ }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await expect(page.getByRole('searchbox')).toHaveAttribute('placeholder', /birth date/)
  await page.context().clearCookies()
  await logIn(page, system, 'assistant')
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await page.getByRole('button', { name: /Français/ }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
})

test('a page of another role is refused, and a patient who is not of the practice is not there', async ({
  staffPage,
}) => {
  expect((await staffPage.goto('/quarantine'))?.status()).toBe(403)
  await expect(staffPage.getByRole('heading', { name: 'Accès refusé' })).toBeVisible()
  expect((await staffPage.goto('/patients/11111111-2222-4333-8444-555555555555'))?.status()).toBe(404)
  await expect(staffPage.getByRole('heading', { name: 'Introuvable' })).toBeVisible()

  // an address that nothing has leads on from where one is; a stranger learns nothing of the practice
  expect((await staffPage.goto('/pateints'))?.status()).toBe(404)
  await staffPage.getByRole('link', { name: 'Rendez-vous', exact: true }).click()
  await staffPage.waitForURL('**/appointments')
  await staffPage.context().clearCookies()
  expect((await staffPage.goto('/pateints'))?.status()).toBe(404)
  await expect(staffPage.getByRole('navigation')).toHaveCount(0)
})

test('every page forbids framing, foreign scripts, storing and referrers', async ({ request, staffPage }) => {
  for (const response of [await request.get('/login'), await staffPage.request.get('/')]) {
    expect(response.status()).toBe(200)
    const headers = response.headers()
    expect(headers['content-security-policy']).toMatch(/script-src 'self' 'nonce-[^']+'(;|$)/)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['x-frame-options']).toBe('DENY')
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['cache-control']).toContain('no-store')
  }
})
