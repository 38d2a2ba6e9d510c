import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import { actAs, logIn, ready, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, [dicomFile({ patientName: 'Gosselin^Théo', patientId: 'J-1' })])
})

test('the owner sees who has looked at a patient, narrows it down, and takes it away as a table', async ({
  page,
  browser,
  system,
}) => {
  const context = await browser.newContext({ baseURL: system.url })
  const dentist = await context.newPage()
  await actAs(dentist, system, 'dentist')
  await dentist.goto('/?q=gosselin')
  await dentist.getByRole('link', { name: /Gosselin, Théo/ }).click()
  await expect(dentist.getByRole('heading', { level: 1, name: 'Gosselin, Théo' })).toBeVisible()
  await context.close()

  await logIn(page, system, 'owner') // a look into the trail is one event of a session for some minutes
  await page.getByRole('button', { name: 'Compte et réglages' }).click()
  await page.getByRole('link', { name: 'Journal d’accès' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Journal d’accès' })).toBeVisible()
  const rows = page.locator('tbody tr')
  await expect(rows.first()).toContainText('Journal d’accès consulté')

  await page.getByLabel('Patient').fill('gosselin')
  await page.getByRole('button', { name: 'Afficher', exact: true }).click()
  const opened = rows.filter({ hasText: 'Dossier du patient ouvert' }).first()
  await expect(opened).toContainText('Marc Gagné')
  await expect(opened).toContainText('Gosselin, Théo')
  await expect(opened).toContainText(/127\.0\.0\.1|::1/)
  await expect(rows.filter({ hasText: 'Journal d’accès consulté' })).toHaveCount(0)

  await page.getByLabel('Qui').selectOption({ label: 'Marc Gagné' })
  await page.getByRole('button', { name: 'Afficher', exact: true }).click()
  await expect(page).toHaveURL(/who=/)
  await expect(rows.first()).toContainText('Marc Gagné')

  const downloading = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Exporter en CSV' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/^audit-demo-\d{4}-\d{2}-\d{2}\.csv$/)
  const [head, ...lines] = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n')
  expect(head).toMatch(/^\uFEFFposition,time,/)
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) expect(line).toContain('Marc Gagné')

  await page.getByRole('link', { name: 'Tout afficher' }).click()
  await expect(rows.filter({ hasText: 'exporté' })).toHaveCount(1)
})

test('the trail is for owners and auditors alone, and a filter cannot break it', async ({ page, system }) => {
  await actAs(page, system, 'dentist')
  for (const path of ['/audit', '/audit/export']) {
    expect((await page.request.get(path)).status()).toBe(403)
  }
  await actAs(page, system, 'auditor')
  const asked = '/audit?who=%27%3B--&patient=zzzz&from=2026-13-45&to=yesterday&before=x'
  expect((await page.goto(asked))?.status()).toBe(200)
  await expect(page.getByText('Aucun patient de ce nom')).toBeVisible()
})

test('times are the practice’s, wherever the reader’s device is', async ({ browser, system }) => {
  const context = await browser.newContext({ baseURL: system.url, timezoneId: 'Pacific/Auckland' })
  const page = await context.newPage()
  await actAs(page, system, 'auditor')
  await page.goto('/audit')
  await ready(page)
  const time = page.locator('time').first()
  const at = new Date((await time.getAttribute('datetime')) ?? '')
  const options = { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'America/Toronto' } as const
  await expect(time).toHaveText(new Intl.DateTimeFormat('fr-CA', options).format(at))
  await context.close()
})
