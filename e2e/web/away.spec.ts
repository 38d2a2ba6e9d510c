import { expect, type Page } from '@playwright/test'
import { actAs, neverRest, personOf, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

const person = { patientName: 'Hébert^Noé', patientId: 'R-1' }

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [dicomFile(person)])
})

async function logInAgain(page: Page, password: string) {
  const dialog = page.getByRole('dialog', { name: 'Votre session est terminée' })
  await expect(dialog).toBeVisible()
  await dialog.getByLabel('Mot de passe').fill(password)
  await dialog.getByRole('button', { name: 'Se connecter', exact: true }).click()
  await expect(dialog).toBeHidden()
}

test('a page whose session has ended asks for the password in place, and goes on where it was', async ({
  page,
  system,
}) => {
  const { password } = personOf(system, 'dentist')
  await actAs(page, system, 'dentist')
  await page.goto('/?q=hebert')
  await ready(page)
  await page.evaluate(() => Object.assign(globalThis, { notReloaded: true }))
  await page.context().clearCookies()
  // not by the mouse: what is told to the open page may have it find out first, and ask over the link
  await page.getByRole('link', { name: /Hébert, Noé/ }).dispatchEvent('click')

  const dialog = page.getByRole('dialog', { name: 'Votre session est terminée' })
  await dialog.getByLabel('Mot de passe').fill('wrong')
  await dialog.getByRole('button', { name: 'Se connecter', exact: true }).click()
  await expect(dialog.getByRole('alert')).not.toBeEmpty()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeVisible()
  await logInAgain(page, password)
  await expect(page.getByRole('heading', { level: 1, name: 'Hébert, Noé' })).toBeVisible()
  expect(await page.evaluate(() => 'notReloaded' in globalThis)).toBe(true)
})

test('an upload whose session ends half-way waits for the log-in and then ends', async ({ page, system }) => {
  const { password } = personOf(system, 'dentist')
  await actAs(page, system, 'dentist')
  await page.goto('/')
  await ready(page)
  const [studyInstanceUid, seriesInstanceUid] = [newUid(), newUid()]
  const files = Array.from({ length: 14 }, (_, index) =>
    dicomFile({ ...person, studyInstanceUid, seriesInstanceUid, number: index + 1 }),
  )
  let sent = 0
  await page.route('**/dicom-web/studies', async (route) => {
    if (++sent === 5) await page.context().clearCookies()
    await route.continue()
  })
  await page.keyboard.press('u')
  await page
    .getByTestId('choose-files')
    .setInputFiles(files.map(({ name, buffer }) => ({ name, mimeType: 'application/dicom', buffer })))
  await expect(page.getByTestId('uploads')).toContainText('En pause jusqu’à votre reconnexion')
  await logInAgain(page, password)
  await expect(page.getByTestId('uploads').getByRole('heading')).toHaveText('14 enregistrés')
})

test('while the server is away an open page says so calmly, keeps what it shows, and catches up', async ({
  staffPage: page,
  system,
}) => {
  const another = dicomFile({ ...person, studyDate: '20251212' })
  await neverRest(page)
  await page.goto('/?q=hebert')
  await page.getByRole('link', { name: /Hébert, Noé/ }).click()
  await expect(page.getByRole('article').first()).toBeVisible()
  const [gateway] = await system.pids('gateway')
  if (gateway === undefined) throw new Error('There is no gateway')
  await page.evaluate(() => Object.assign(globalThis, { notReloaded: true }))
  let asked = 0
  await page.route('**/{__data.json,events}*', (route) => {
    asked++
    return route.abort()
  })
  process.kill(gateway, 'SIGKILL')
  await expect(page.getByText(/Pas en direct pour l’instant|Pas de connexion au serveur/)).toBeVisible()
  await expect.poll(() => asked).toBeGreaterThan(4)
  await expect(page.getByRole('heading', { level: 1, name: 'Hébert, Noé' })).toBeVisible()

  await expect(async () => {
    await store(system.url, system.demo.token, [another]) // the launcher starts it again
  }).toPass()
  await page.unroute('**/{__data.json,events}*')
  await expect(page.getByRole('article').filter({ hasText: '12 décembre 2025' })).toBeVisible()
  await expect(page.getByText(/Pas en direct pour l’instant|Pas de connexion au serveur/)).toBeHidden()
  expect(await page.evaluate(() => 'notReloaded' in globalThis)).toBe(true)
})

test('so it does while the database is away', async ({ staffPage: page, system }) => {
  await neverRest(page)
  await page.goto('/?q=hebert')
  await page.getByRole('link', { name: /Hébert, Noé/ }).click()
  await expect(page.getByRole('article').first()).toBeVisible()
  await page.evaluate(() => Object.assign(globalThis, { notReloaded: true }))
  const refused = page.waitForResponse((response) => response.status() === 503)
  for (const pid of await system.pids('postgres')) process.kill(pid, 'SIGKILL') // the launcher starts it again
  await refused
  await expect(page.getByRole('heading', { level: 1, name: 'Hébert, Noé' })).toBeVisible()
  await page.waitForResponse((response) => response.url().includes('__data.json') && response.ok())
  expect(await page.evaluate(() => 'notReloaded' in globalThis)).toBe(true)
  await expect(page.getByText(/Pas en direct pour l’instant|Pas de connexion au serveur/)).toBeHidden()
})

// an old page may ask a newer server for a script that it does not have any more
test('a script that is not there is 404, and the server lives on', async ({ page }) => {
  expect((await page.request.get('/_app/immutable/chunks/nowhere.js')).status()).toBe(404)
  expect((await page.request.get('/login')).status()).toBe(200)
})
