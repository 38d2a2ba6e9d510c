import { expect } from '@playwright/test'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

test('the owner sees what takes the space, and nobody else does', async ({ page, system }) => {
  await store(system.url, system.demo.token, [
    dicomFile({ patientName: 'Simard^Zacharie', patientId: 'ST-1' }),
  ])
  await actAs(page, system, 'owner')
  await page.goto('/')
  await ready(page)
  await page.getByRole('button', { name: 'Compte' }).click()
  await page.getByRole('link', { name: 'Stockage' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Stockage' })).toBeVisible()
  const table = page.getByRole('table').first()
  // whatever the tests before this one have stored: the kind that takes most comes first
  await expect(table.getByRole('row').nth(1)).toContainText('%')
  // made by a job, so a moment later
  await expect(async () => {
    await page.reload()
    await expect(table.getByRole('row', { name: /^Aperçus \d/ })).toBeVisible({ timeout: 2_000 })
  }).toPass()

  // what a policy would do is shown before it is switched on; small images stay, large ones are other tests'
  await page.getByLabel('Accès immédiat, en mois').fill('0')
  await page.getByRole('button', { name: 'Montrer ce qui serait déplacé' }).click()
  await expect(
    page.getByText(/^(Orthanc abandonne \d+ copies|Rien ne serait déplacé maintenant)/),
  ).toBeVisible()
  await page.reload()
  await ready(page)
  await expect(page.getByLabel('Accès immédiat, en mois')).toHaveValue('6')
  const on = page.getByLabel('Déplacer les originaux anciens')
  await expect(on).not.toBeChecked()
  await on.check()
  const warm = page.getByLabel('Accès occasionnel jusqu’à, en mois')
  await warm.fill('3')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await expect(page.getByText('L’accès occasionnel ne finit pas avant')).toBeVisible()
  await warm.fill('18')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await expect(page.getByText('Enregistré.')).toBeVisible()
  await page.reload()
  await ready(page)
  await expect(on).toBeChecked()
  await expect(warm).toHaveValue('18')
  await on.uncheck()
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await expect(page.getByText('Enregistré.')).toBeVisible()

  await actAs(page, system, 'dentist')
  const response = await page.goto(`${system.url}/settings/storage`)
  expect(response?.status()).toBe(403)
  await page.goto(system.url)
  await ready(page)
  await page.getByRole('button', { name: 'Compte' }).click()
  await expect(page.getByRole('link', { name: 'Stockage' })).toHaveCount(0)
})
