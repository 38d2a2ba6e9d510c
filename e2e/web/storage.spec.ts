import { expect } from '@playwright/test'
import { logIn, ready, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

test('the owner sees what takes the space, and nobody else does', async ({ page, system }) => {
  await store(system.url, system.demo.token, [dicomFile({ patientName: 'Roy^Léa', patientId: 'S-1' })])
  await logIn(page, system, 'owner')
  await ready(page)
  await page.getByRole('button', { name: 'Compte' }).click()
  await page.getByRole('link', { name: 'Stockage' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Stockage' })).toBeVisible()
  const table = page.getByRole('table')
  // whatever the tests before this one have stored: the kind that takes most comes first
  await expect(table.getByRole('row').nth(1)).toContainText('%')
  // made by a job, so a moment later
  await expect(async () => {
    await page.reload()
    await expect(table.getByRole('row', { name: /^Aperçus \d/ })).toBeVisible({ timeout: 500 })
  }).toPass()

  await page.context().clearCookies()
  await logIn(page, system, 'dentist')
  const response = await page.goto(`${system.url}/settings/storage`)
  expect(response?.status()).toBe(403)
  await page.goto(system.url)
  await ready(page)
  await page.getByRole('button', { name: 'Compte' }).click()
  await expect(page.getByRole('link', { name: 'Stockage' })).toHaveCount(0)
})
