import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeBucket } from '@bitewing/gateway/object-store'
import { startAzurite } from '@bitewing/testbed/start-azurite'
import { startSystem, type TestSystem } from '@bitewing/testbed/start-system'
import { expect, type Page } from '@playwright/test'
import { expectNoFaults } from '../expect-no-faults.ts'
import { actAs, logIn, ready, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')

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
  await expect(page.getByText(/^(Orthanc abandonne \d+ copies|Rien à déplacer)/)).toBeVisible()
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

/** A practice of its own whose store has an archive, and what was started for it. */
async function withArchive(
  work: (archived: TestSystem, bitewing: (...args: string[]) => Promise<string>) => Promise<void>,
) {
  const azurite = await startAzurite()
  const environment = {
    STORAGE_URL: `azblob://archive?region=canadaeast&endpoint=${encodeURIComponent(azurite.endpoint)}`,
    AZURE_STORAGE_ACCOUNT: azurite.account,
    AZURE_STORAGE_KEY: azurite.key,
  }
  try {
    await makeBucket({
      storageUrl: environment.STORAGE_URL,
      credentials: { azure: { account: azurite.account, key: azurite.key } },
    })
    const archived = await startSystem({ demo: 'few-images', environment })
    const bitewing = async (...args: string[]) => {
      const env = {
        ...process.env,
        ...environment,
        DATA_DIR: archived.dataFolder,
        PORT: new URL(archived.url).port,
        ORTHANC_PORT: String(archived.orthancPort),
      }
      return (
        await run(process.execPath, [join(root, 'start/bootstrap.mjs'), 'cli', ...args], { cwd: root, env })
      ).stdout
    }
    try {
      await work(archived, bitewing)
    } finally {
      await archived.stop()
    }
  } finally {
    await azurite.stop()
  }
}

/** By the owner's policy, moved at once instead of by the hour. An image is archived once its pictures are made. */
async function archiveAll(
  page: Page,
  archived: TestSystem,
  bitewing: (...args: string[]) => Promise<string>,
) {
  await logIn(page, archived, 'owner')
  await page.goto(`${archived.url}/settings/storage`)
  await ready(page)
  await page.getByRole('button', { name: 'Montrer ce qui serait déplacé' }).click()
  await expect(page.getByText('Rien à déplacer')).toBeVisible()
  await page.getByLabel('Déplacer les originaux anciens').check()
  await page.getByLabel('Accès immédiat, en mois').fill('0')
  await page.getByLabel('Accès occasionnel jusqu’à, en mois').fill('0')
  await page.getByLabel('Laisser en place les patients').uncheck()
  await expect(page.getByText('prend jusqu’à 15 heures')).toBeVisible()
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await expect(page.getByText('Enregistré.')).toBeVisible()
  await expect(async () => {
    await bitewing('storage', 'tiers', 'apply', '--tenant', 'demo')
    const answer = await page.request.get(`${archived.url}/dicom-web/instances?includefield=00080056`, {
      headers: { Authorization: `Bearer ${archived.demo.token}` },
    })
    const rows = (await answer.json()) as Record<string, { Value?: unknown[] }>[]
    expect(rows.map((row) => row['00080056']?.Value?.[0])).toEqual(rows.map(() => 'NEARLINE'))
    expect(rows.length).toBeGreaterThan(0)
  }).toPass({ intervals: [2_000] })
}

test('what lies in the archive says so where it is wanted, stays to be seen smaller, and shows itself when it is back', async ({
  page,
}) => {
  test.slow() // a system of its own
  await withArchive(async (archived, bitewing) => {
    await archiveAll(page, archived, bitewing)
    // Azurite is done with a recall at once: until it may go on, nobody asks it
    const workers = await archived.pids('worker')
    const holdRecalls = (are: boolean) =>
      workers.forEach((pid) => process.kill(pid, are ? 'SIGSTOP' : 'SIGCONT'))
    holdRecalls(true)
    try {
      await page.context().clearCookies()
      await logIn(page, archived, 'dentist')
      await page.goto(`${archived.url}/?list=all`)
      await page.getByRole('link', { name: /Côté, Élodie/ }).click()
      await page.waitForURL(/\/patients\//)
      await ready(page)
      // pages show what stays at hand
      const tile = page.getByRole('button', { name: /^Regarder Panoramique/ }).first()
      await expect(tile.locator('img')).toHaveJSProperty('complete', true)
      await expect(tile.locator('img')).not.toHaveJSProperty('naturalWidth', 0)
      await tile.click()
      const look = page.getByRole('dialog', { name: 'Coup d’œil' })
      await expect(look.locator('img[data-sharp]').first()).toBeVisible()

      await look.getByRole('link', { name: 'Fichier original (DICOM)' }).click()
      await expect(look.getByText('L’original est rappelé de l’archive.')).toBeVisible()
      await expect(look.getByText(/Au plus tard dans 1[45] heures/)).toBeVisible()
      await expectNoFaults(page, 'the look at an archived image')

      const viewer = await page.context().newPage()
      await viewer.goto(
        `${archived.url}${await look.getByRole('link', { name: 'Voir et mesurer' }).getAttribute('href')}`,
      )
      const pane = viewer.locator('[data-pane]').first()
      await expect(pane).toHaveAttribute('data-state', 'archived')
      await expect(pane.getByText('L’image entière est rappelée de l’archive.')).toBeVisible()
      await expect(pane.locator('img[data-preview]')).toBeVisible()
      await expectNoFaults(viewer, 'the viewer of an archived image')

      // by itself, without a reload
      holdRecalls(false)
      await expect(pane).toHaveAttribute('data-state', 'picture')
      await expect(pane.getByText('de l’archive')).toHaveCount(0)
      await expect(look.getByText('L’original est là.')).toBeVisible()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        look.getByRole('button', { name: 'Télécharger' }).click(),
      ])
      expect(await download.failure()).toBeNull()
    } finally {
      holdRecalls(false)
    }
  })
})
