import { softwareReportFile } from '@bitewing/demo/software-report'
import { expect, type Page } from '@playwright/test'
import { expectNoFaults } from '../expect-no-faults.ts'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

const [studyInstanceUid, seriesInstanceUid, sopInstanceUid] = [newUid(), newUid(), newUid()]
const patient = { patientName: 'Lessard^Odile', patientId: 'TEETH-1' }
const software = { name: 'Caries Finder', version: '2.1', maker: 'Nobody' }
const caries = { CodeValue: '80967001', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Dental caries' }

test.beforeAll(async ({ system }) => {
  // software sends what it found by STOW, as any device
  const report = softwareReportFile(
    { ...patient, patientBirthDate: '19850307', patientSex: 'F', date: '20261120' },
    {
      image: {
        sopClassUid: '1.2.840.10008.5.1.4.1.1.1.3',
        sopInstanceUid,
        seriesInstanceUid,
        studyInstanceUid,
      },
      software,
      findings: [
        {
          finding: caries,
          tooth: '16',
          surface: 'mesial',
          confidence: 0.87,
          outline: { type: 'POLYLINE', points: [20, 20, 44, 20, 44, 44, 20, 44, 20, 20] },
        },
        {
          finding: caries,
          tooth: '17',
          confidence: 0.4,
          outline: { type: 'CIRCLE', points: [70, 60, 70, 70] },
        },
      ],
    },
  )
  await store(system.url, system.demo.token, [
    dicomFile({ ...patient, studyInstanceUid, seriesInstanceUid, sopInstanceUid, toothCodes: ['865995000'] }),
    { name: 'SR0001', buffer: Buffer.from(report), studyInstanceUid },
  ])
})

async function openChart(page: Page) {
  await page.goto('/?q=lessard')
  await page.getByRole('link', { name: /Lessard, Odile/ }).click()
  await page.getByRole('link', { name: 'Odontogramme' }).click()
  await ready(page)
}
const tooth = (page: Page, fdi: string) => page.locator(`[data-tooth="${fdi}"]`)

test("software's findings lie above the picture until the space bar hides them; a dentist accepts one to the chart", async ({
  staffPage: page,
  browser,
  system,
}) => {
  await page.goto(`/view/${studyInstanceUid}`)
  await ready(page)
  const pane = page.locator('[data-pane="1"]')
  await expect(pane).toHaveAttribute('data-state', 'picture')
  await expect(pane).toContainText('Trouvé par un logiciel, non par une personne : Caries Finder 2.1')
  const layer = pane.locator('[data-ai-layer]')
  await expect(layer).toContainText('? 16 Dental caries 87')
  const panel = page.getByRole('complementary')
  if ((await panel.count()) === 0) await page.keyboard.press('n')
  await panel.getByRole('button', { name: 'Constatations de logiciels' }).click()
  await expectNoFaults(page, "software's findings")

  // a tool was chosen by mouse: the space bar is the layer's all the same, and leaves the tool alone
  await page.getByRole('radio', { name: 'Longueur', exact: true }).click()
  await page.keyboard.press('Space')
  await expect(layer).toHaveCount(0)
  await page.getByRole('radio', { name: 'Fenêtrage', exact: true }).click()
  await page.keyboard.press('Space')
  await expect(layer).toHaveCount(1)
  // who walks by the keyboard presses what they stand on
  await page.keyboard.press('Tab')
  const focused = page.locator(':focus')
  await expect(focused).toHaveCount(1)
  await page.keyboard.press('Space')
  await expect(layer).toHaveCount(1)
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toContainText('Espace')
  await page.keyboard.press('Escape')

  await panel.getByRole('button', { name: 'Rejeter 17 Dental caries' }).click()
  await expect(panel.getByRole('listitem').filter({ hasText: '17 Dental caries' })).toContainText(
    /rejeté par/,
  )
  await expect(layer).not.toContainText('17 Dental caries')
  await panel.getByRole('button', { name: 'Accepter, à l’odontogramme… 16 Dental caries' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('combobox', { name: 'Dent', exact: true })).toHaveValue('16')
  await expect(dialog.getByRole('button', { name: 'mésiale' })).toHaveAttribute('aria-pressed', 'true')
  await dialog.getByRole('button', { name: 'Consigner' }).click()
  await expect(panel.getByRole('listitem').filter({ hasText: '16 Dental caries' })).toContainText(
    /accepté par .*à l’odontogramme/,
  )
  await expect(layer).toContainText('✓ 16 Dental caries')

  // an assistant sees them and what was said, and judges nothing
  const context = await browser.newContext({ baseURL: system.url, viewport: { width: 1440, height: 900 } })
  const assistant = await context.newPage()
  await actAs(assistant, system, 'assistant')
  await assistant.goto(`/view/${studyInstanceUid}`)
  await expect(assistant.locator('[data-ai-layer]')).toContainText('✓ 16 Dental caries')
  await expect(assistant.getByRole('button', { name: /^(Accepter|Rejeter|Revenir)/ })).toHaveCount(0)
  await context.close()
})

test('findings are recorded by mouse and by keyboard, undone, kept with their history, and planned', async ({
  staffPage: page,
}) => {
  await openChart(page)
  // what was accepted in the viewer stands on the chart, and says whose it was at first
  await tooth(page, '16').click()
  await expect(tooth(page, '16')).toHaveAccessibleName(/Carie M/)
  await expect(page.getByText('Proposé par un logiciel : Caries Finder 2.1')).toBeVisible()

  // one filling has all its surfaces
  await page.getByRole('radio', { name: /^Restauration/ }).click()
  await page.getByRole('radio', { name: 'composite' }).click()
  await tooth(page, '26').locator('polygon').nth(1).click()
  await tooth(page, '26').locator('polygon').nth(4).click()
  await expect(tooth(page, '26')).toHaveAccessibleName(/Restauration [MD]?O?D?, composite/)
  await expect(page.getByRole('heading', { name: /^Restauration/ })).toHaveCount(1)

  // by the keyboard alone
  await tooth(page, '26').focus()
  await page.keyboard.press('5')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(tooth(page, '27')).toHaveAccessibleName(/Absente/)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('1')
  await page.keyboard.press('o')
  await expect(tooth(page, '28')).toHaveAccessibleName(/Carie O/)
  await page.keyboard.press('Control+z')
  await expect(tooth(page, '28')).not.toHaveAccessibleName(/Carie/)
  // letters are drawn on it, which are no part of its name
  await tooth(page, '36').focus()
  await page.keyboard.press('0')
  await page.keyboard.press('Enter')
  await expect(tooth(page, '36')).toHaveAccessibleName(/Mobilité/)
  await expect(tooth(page, '36').locator('text').filter({ hasText: 'M' })).toBeVisible()
  await page.keyboard.press('Escape')
  await tooth(page, '28').click()
  await page.getByText('Historique').click()
  await expect(page.getByText('Consignée par erreur').last()).toBeVisible()
  await expect(page.getByText('Tout est enregistré')).toBeVisible()
  await expectNoFaults(page, 'tooth chart')

  await page.reload()
  await ready(page)
  await expect(tooth(page, '27')).toHaveAccessibleName(/Absente/)
  await expect(tooth(page, '28')).not.toHaveAccessibleName(/Carie/)
  await page.keyboard.press('Escape')
  await tooth(page, '16').click()
  await page.getByRole('button', { name: 'Planifier le traitement de 16 Carie M' }).click()
  await expect(page.getByText(/Pour la constatation 16 Carie M/)).toBeVisible()
  await page.getByRole('combobox', { name: 'Ajouter un acte' }).fill('deux faces')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: /^16 M .*16 Carie M/ })).toBeVisible()
})
