import { expect, type Page } from '@playwright/test'
import { actAs, ready, test } from '../system.ts'

async function open(page: Page, path: string) {
  await page.goto(path)
  await ready(page)
}
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const failed = (page: Page) => page.getByRole('alert').filter({ hasText: 'L’envoi a échoué.' })

test('where sending fails, what was typed stays, and goes when it is sent again', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'owner')

  await test.step('in a dialog, whose network breaks', async () => {
    await open(page, '/settings/devices')
    await press(page, 'Ajouter un appareil')
    const dialog = page.getByRole('dialog', { name: 'Ajouter un appareil' })
    const [name, title, address] = ['Nom', 'Titre AE de l’appareil', 'Adresse'].map((label) =>
      dialog.getByLabel(label, { exact: true }),
    )
    await name?.fill('Panoramique, salle 2')
    await title?.fill('FORMS-1')
    await address?.fill('192.0.2.9')
    await page.route('**/settings/devices?/save', (route) => route.abort())
    await press(page, 'Enregistrer')
    await expect(failed(page)).toBeVisible()
    await expect(name ?? dialog).toHaveValue('Panoramique, salle 2')
    // a press beside it loses nothing either
    await page.mouse.click(5, 5)
    await expect(address ?? dialog).toHaveValue('192.0.2.9')
    await page.unrouteAll()
    await address?.fill('192.0.2.10')
    await press(page, 'Enregistrer')
    await expect(page.getByText('192.0.2.10:104')).toBeVisible()
    await expect(failed(page)).toBeHidden()
    await page.getByRole('button', { name: 'Retirer: FORMS-1' }).dblclick()
    await expect(page.getByText('Panoramique, salle 2 est retiré.')).toBeVisible()
    await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toHaveCount(0)
  })

  await test.step('on a page, whose server fails', async () => {
    await open(page, '/settings/practice')
    const name = page.getByLabel('Nom de la clinique')
    const before = await name.inputValue()
    await name.fill('Clinique du Lac')
    await page.route('**/settings/practice', (route) =>
      route.request().method() === 'POST' ? route.fulfill({ status: 500, body: 'broken' }) : route.continue(),
    )
    await press(page, 'Enregistrer')
    await expect(failed(page)).toBeVisible()
    await expect(name).toHaveValue('Clinique du Lac')
    await page.unrouteAll()
    await name.fill(before)
    await press(page, 'Enregistrer')
    await expect(page.getByText('Enregistré.', { exact: true })).toBeVisible()
  })

  await test.step('what is refused says why, once', async () => {
    await open(page, '/settings/catalogue')
    await press(page, 'Ajouter un acte')
    await page.getByLabel('Code', { exact: true }).fill('FORMS-1')
    await page.getByLabel('Nom en français').fill('Acte d’essai')
    await page.getByLabel('Honoraires', { exact: true }).fill('beaucoup')
    await press(page, 'Enregistrer')
    const problem = page.getByText('Les honoraires ne sont pas un montant.')
    await expect(problem).toBeVisible()
    await expect(page.getByLabel('Nom en français')).toHaveValue('Acte d’essai')
    await page.keyboard.press('Escape')
    await press(page, 'Ajouter un acte')
    await expect(page.getByRole('dialog')).toBeVisible()
    await expect(problem).toBeHidden()
  })
})

test('a hand that presses twice makes one thing, and answers no question by it', async ({ page, system }) => {
  await actAs(page, system, 'owner')
  const sent: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST')
      sent.push(new URL(request.url()).pathname + new URL(request.url()).search)
  })
  const twice = async (name: string) => {
    sent.length = 0
    await page.getByRole('button', { name, exact: true }).dblclick()
  }

  await open(page, '/settings/users')
  await press(page, 'Inviter quelqu’un')
  await page.getByLabel('Courriel').fill('deux.fois@lac.example')
  await twice('Créer le lien')
  await expect(page.getByLabel('Lien', { exact: true })).toBeVisible()
  expect(sent).toEqual(['/settings/users?/invite'])
  await press(page, 'Terminé')
  // the link was shown once
  await press(page, 'Inviter quelqu’un')
  await expect(page.getByLabel('Courriel')).toHaveValue('')
  await page.keyboard.press('Escape')
  // what cannot be undone waits for an answer
  await twice('Retirer: deux.fois@lac.example')
  await expect(page.getByText('Le lien n’ouvre plus rien, et il faut en faire un nouveau.')).toBeVisible()
  expect(sent).toEqual([])
  await press(page, 'Retirer: deux.fois@lac.example')
  await expect(page.getByText('deux.fois@lac.example')).toBeHidden()

  await open(page, '/settings/devices')
  await press(page, 'Ajouter un appareil')
  await page.getByLabel('Titre AE de l’appareil').fill('FORMS-2')
  await page.getByLabel('Adresse', { exact: true }).fill('192.0.2.11')
  await twice('Enregistrer')
  await expect(page.getByText('192.0.2.11:104')).toBeVisible()
  expect(sent).toEqual(['/settings/devices?/save'])
  // with one registered, what others send waits: not for the tests after this one
  await twice('Retirer: FORMS-2')
  await expect(page.getByText('FORMS-2 est retiré.')).toBeVisible()
  expect(sent).toEqual(['/settings/devices?/remove'])

  await open(page, '/settings/catalogue')
  await press(page, 'Ajouter un acte')
  await page.getByLabel('Code', { exact: true }).fill('FORMS-2')
  await page.getByLabel('Nom en français').fill('Acte pressé deux fois')
  await page.getByLabel('Honoraires', { exact: true }).fill('10')
  await twice('Enregistrer')
  await expect(page.getByText('Acte pressé deux fois')).toBeVisible()
  expect(sent).toEqual(['/settings/catalogue?/save'])

  await open(page, '/settings/mounts')
  await page.getByRole('textbox', { name: 'Nom' }).fill('Pressée deux fois')
  await twice('Construire une disposition')
  await page.waitForURL('**/settings/mounts/*')
  expect(sent).toEqual(['/settings/mounts?/create'])
  await twice('Retirer la disposition')
  await expect(page.getByText(/^Disposition retirée/)).toBeVisible()
  expect(sent).toHaveLength(1)
})
