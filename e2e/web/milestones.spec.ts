import { expect, type Page } from '@playwright/test'
import { expectNoFaults } from '../expect-no-faults.ts'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

test.beforeAll(async ({ system }) => {
  const file = dicomFile({ patientName: 'Jalbert^Aurore', patientId: 'PLAN-Jalbert' })
  await store(system.url, system.demo.token, [file])
})

const saved = (page: Page) => expect(page.locator('[data-saving="saved"]')).toBeVisible()
const row = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name }).last()

test('an implant step by step: usual milestones from the catalogue, changed in the plan, signed, reached, late, taken back', async ({
  staffPage: page,
  system,
}) => {
  test.slow() // a whole journey
  await actAs(page, system, 'owner')
  await page.goto('/settings/catalogue')
  await ready(page)
  await page.getByRole('button', { name: /IP-1/ }).click()
  const procedure = page.getByRole('dialog')
  await expect(procedure.getByRole('textbox', { name: 'Jalon 3 en français' })).toHaveValue(
    'Guérison vérifiée',
  )
  await expect(procedure.getByRole('textbox', { name: 'Jalon 3 en anglais' })).toHaveValue('Healing checked')
  await procedure.getByRole('button', { name: 'Retirer le jalon : Retrait des points' }).click()
  await procedure.getByRole('spinbutton', { name: /^Guérison vérifiée/ }).fill('4')
  await expectNoFaults(page, 'milestones of the catalogue')
  await procedure.getByRole('button', { name: 'Enregistrer' }).click()
  await expect(page.getByText('Chirurgie → Guérison vérifiée')).toHaveCount(2) // and of the graft

  await actAs(page, system, 'dentist')
  await page.goto('/?q=jalbert')
  await page.getByRole('link', { name: /Jalbert, Aurore/ }).click()
  await page.getByRole('link', { name: 'Dents et plans' }).click()
  await ready(page)
  await page.getByRole('textbox', { name: 'Nouveau plan' }).fill('Implant 36')
  await page.getByRole('button', { name: 'Commencer un plan' }).click()
  await saved(page) // the list of plans has a chart too
  await page.getByRole('option', { name: /^36, / }).click()
  await page.getByRole('combobox', { name: 'Ajouter un acte' }).fill('IP-1')
  await page.keyboard.press('Enter')
  await expect(page.locator('[data-item]')).toContainText('2 jalons')

  // in the plan: one more, moved up, and renamed
  await page.getByRole('button', { name: 'Modifier : Pose d’un implant' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Nouveau jalon' }).fill('Retrait des points')
  await page.keyboard.press('Enter')
  const up = dialog.getByRole('button', { name: 'Monter : Retrait des points' })
  await up.press('Enter')
  await page.keyboard.press('Enter')
  // at the end the other button has the focus
  await expect(up).toBeDisabled()
  await expect(dialog.getByRole('button', { name: 'Descendre : Retrait des points' })).toBeFocused()
  await page.keyboard.press('Enter')
  await dialog.getByRole('textbox', { name: 'Jalon 3' }).fill('')
  await expect(dialog.getByText('Donnez-lui un nom.')).toBeVisible()
  await dialog.getByRole('textbox', { name: 'Jalon 3' }).fill('Implant intégré')
  await expectNoFaults(page, 'milestones of an item')
  await dialog.getByRole('button', { name: 'Terminé' }).click()
  await saved(page)
  await page.reload()
  await ready(page)
  await expect(page.locator('[data-item]')).toContainText('3 jalons')

  await page.getByRole('button', { name: 'Présenter' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Présenter' }).click()
  await page.getByRole('link', { name: 'Montrer et signer' }).click()
  await ready(page)
  const steps = page.getByRole('list', { name: 'Jalons' })
  await expect(steps).toContainText('Implant intégré · 4 mois après')
  await expect(steps.getByRole('button')).toHaveCount(0)
  await page.getByRole('checkbox', { name: /J’accepte ce plan/ }).check()
  await page.getByRole('checkbox', { name: /Je ne peux pas dessiner/ }).check()
  await page.getByRole('button', { name: 'Signer ce plan' }).click()
  await expect(page.getByText(/Signé par Aurore Jalbert/)).toBeVisible()
  await page.getByRole('link', { name: 'Retour aux pages de la clinique' }).click()

  // the first that is reached begins the treatment, and taking it back takes that back
  const reach = page.getByRole('button', { name: 'Atteint aujourd’hui : Chirurgie' })
  await reach.click()
  await expect(page.getByText('Atteint : Chirurgie. Le traitement est maintenant en cours.')).toBeVisible()
  await expect(page.getByText('En cours').first()).toBeVisible()
  await page.getByRole('button', { name: 'Annuler' }).click()
  await expect(page.getByText('Annulé : Chirurgie')).toBeVisible()
  await expect(page.getByText('Accepté', { exact: true }).first()).toBeVisible()

  // on another day: what follows is late by it
  await page.getByRole('button', { name: 'Jours : Chirurgie' }).click()
  const long = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 10)
  await page.getByLabel('Chirurgie : réel').fill(long)
  await row(page, 'Chirurgie').getByRole('button', { name: 'Enregistrer' }).click()
  await expect(page.getByText('Atteint : Chirurgie. Le traitement est maintenant en cours.')).toBeVisible()
  await expect(row(page, 'Retrait des points')).toContainText(/prévu le .*en retard de 3\d jours/)
  await expectNoFaults(page, 'milestones under way')
  const plan = page.url()

  await page.goto('/')
  const due = page.getByRole('link', { name: /Jalbert, Aurore.*Retrait des points/s })
  await expect(due).toContainText('en retard de')
  await due.click()
  await expect(page.getByRole('button', { name: 'Atteint aujourd’hui : Retrait des points' })).toBeVisible()
  await page.goto('/?q=jalbert')
  await page.getByRole('link', { name: /Jalbert, Aurore/ }).click()
  await expect(page.getByRole('link', { name: /^Chirurgie\s*Pose d’un implant · 36/ })).toBeVisible()

  // the next version keeps what was reached, and tells what is another
  await page.goto(plan)
  await page.getByRole('button', { name: 'Modifier dans une nouvelle version' }).click()
  await page.getByRole('button', { name: 'Modifier : Pose d’un implant' }).click()
  await expect(page.getByRole('dialog').getByText(/^atteint le/)).toHaveCount(1)
  await page
    .getByRole('dialog')
    .getByRole('button', { name: 'Retirer le jalon : Retrait des points' })
    .click()
  await page.getByRole('button', { name: 'Terminé' }).click()
  await saved(page)
  await page.getByRole('link', { name: 'Comparer' }).click()
  await expect(
    page.getByText(
      /Retrait des points, 1 semaine après;.*→\s*Chirurgie, le jour même; Implant intégré, 4 mois après/,
    ),
  ).toBeVisible()

  // a front desk reads how far it is, and moves nothing
  await actAs(page, system, 'front-desk')
  await page.goto(plan)
  await expect(row(page, 'Chirurgie')).toContainText('atteint le')
  await expect(page.getByRole('button', { name: /Atteint aujourd’hui/ })).toHaveCount(0)
})
