import { axeOf } from '../axe-of.ts'
import { expect, type Page } from '@playwright/test'
import { actAs, neverRest, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

const who = { patientName: 'Fortier^Camille', patientId: 'ORT-1', birthDate: '20110318' }
const visitOf = (studyDate: string) => ({
  ...who,
  studyDate,
  studyInstanceUid: newUid(),
  seriesInstanceUid: newUid(),
})
// views and structures of CP-1570
const frontal = { view: '399033003', structure: '74262004' }
const rightBuccal = { view: '399198007', structure: '261063000' }

test.beforeAll(async ({ system }) => {
  const [first, last] = [visitOf('20250506'), visitOf('20261103')]
  await store(system.url, system.demo.token, [
    dicomFile({ ...first, number: 1, photograph: frontal }),
    dicomFile({ ...first, number: 2, photograph: rightBuccal }),
    // nothing says what it shows
    dicomFile({ ...first, number: 3, photograph: {} }),
    dicomFile({ ...last, number: 1, photograph: frontal }),
  ])
})

const cell = (page: Page, number: number, sheet = 'Montage') =>
  page
    .getByRole('region', { name: sheet, exact: true })
    .getByRole('button', { name: new RegExp(`^(Case|Cell) ${number},`) })
const tray = (page: Page) => page.getByRole('region', { name: 'À placer' })
/** Waits until a change is on the server. */
async function saved(page: Page, action: string, make: () => Promise<unknown>) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => decodeURIComponent(response.url()).endsWith(`?/${action}`)),
    make(),
  ])
  expect(answer.status()).toBe(200)
  // it may be that of a change before it
  await expect(page.getByText('Enregistrement…')).toHaveCount(0)
}
async function expectNoFaults(page: Page) {
  const { violations } = await axeOf(page).analyze()
  expect(
    violations.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
  ).toEqual([])
  expect(
    await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    ),
  ).toBe(0)
}
let [orthodontics, set] = ['', '']

test.describe.configure({ mode: 'serial' })

test('records fall into their frames, missing views are named, and staff say which view a photograph is', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'assistant')
  await neverRest(page)
  await page.goto('/?q=fortier')
  await page.getByRole('link', { name: /Fortier, Camille/ }).click()
  await page.getByRole('link', { name: 'Ouvrir l’orthodontie' }).click()
  await page.waitForURL(/orthodontics$/)
  orthodontics = new URL(page.url()).pathname
  await page.getByRole('button', { name: 'Créer un bilan' }).click()
  await page.waitForURL(/mounts/)
  set = new URL(page.url()).pathname
  await ready(page)
  await expect(page.getByRole('heading', { name: /T0 · Initial/ })).toBeVisible()
  await expect(cell(page, 7)).toHaveAccessibleName(/Frontale.*6 mai 2025/)
  await expect(cell(page, 6)).toHaveAccessibleName(/6 mai 2025/)
  for (const [number, name] of [
    [1, 'Profil droit, lèvres fermées'],
    [8, 'Latérale gauche, en occlusion'],
    [9, 'Panoramique'],
    [11, 'Modèles numériques'],
  ] as const)
    await expect(cell(page, number)).toHaveAccessibleName(new RegExp(`Manque ${name}`))

  // the one that names nothing waits; told what it is, it goes to its frame and shows its mirror
  const waiting = tray(page).getByRole('button', { name: /Ni dents ni incidence indiquées/ })
  await waiting.click()
  await page.keyboard.press('v')
  const picker = page.getByRole('dialog', { name: /Quelle est l’incidence/ })
  await picker.getByRole('searchbox').fill('gauche miroir corrigee')
  // what the page shows is read anew more often than a slow connection answers
  await page.route('**/__data.json*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    await route.continue()
  })
  await saved(page, 'save', () => picker.locator('[data-view="IV20"]').click())
  await expect(cell(page, 8)).toHaveAccessibleName(/Miroir, corrigée/)
  await expect(cell(page, 8).getByText('Miroir, corrigée')).toBeVisible()
  await page.unrouteAll({ behavior: 'wait' })
  await expectNoFaults(page)

  // taken back, it is again what its codes say: nothing
  await saved(page, 'view', () => page.getByRole('button', { name: 'Annuler l’incidence' }).click())
  await expect(cell(page, 8)).not.toHaveAccessibleName(/Miroir/)
  await page.reload()
  await expect(cell(page, 8)).toHaveAccessibleName(/6 mai 2025/)
})

test('two time points view by view; a treatment with its visits; a measure over time, undone and kept', async ({
  browser,
  page,
  system,
}) => {
  await actAs(page, system, 'dentist')
  await page.goto(orthodontics)
  // the practice takes no models while a treatment goes on: what is not taken is not missing
  const context = await browser.newContext({ baseURL: system.url })
  const owner = await context.newPage()
  await actAs(owner, system, 'owner')
  await owner.goto('/settings/mounts')
  await ready(owner)
  await expectNoFaults(owner)
  const models = owner
    .getByRole('group', { name: 'En cours' })
    .getByRole('checkbox', { name: 'Modèles numériques' })
  await models.uncheck()
  await owner.getByRole('button', { name: 'Enregistrer' }).click()
  await expect(owner.getByText('Enregistré.', { exact: true })).toBeVisible()
  await page.getByLabel('Étape', { exact: true }).fill('T1')
  await page.getByRole('button', { name: 'Créer un bilan' }).click()
  await page.waitForURL(/mounts/)
  await expect(cell(page, 11)).toHaveAccessibleName(/Non prévu ici : Modèles numériques/)
  await expect(cell(page, 9)).toHaveAccessibleName(/Manque Panoramique/)
  await page.goto(orthodontics)
  await ready(page)
  await expect(page.getByRole('link', { name: /T1.*3 novembre 2026.*1 vues? sur 10/ })).toBeVisible()
  await owner.reload()
  await expect(models).not.toBeChecked()
  await models.check()
  await owner.getByRole('button', { name: 'Enregistrer' }).click()
  await expect(owner.getByText('Enregistré.', { exact: true })).toBeVisible()
  await context.close()
  await expect(page.getByRole('link', { name: 'Comparer : Frontale, en occlusion' })).toHaveAttribute(
    'href',
    /compare\?images=[0-9a-f-]{36},[0-9a-f-]{36}$/,
  )

  await saved(page, 'save', () => page.getByLabel('Début du traitement : réel').fill('2025-06-10'))
  await expect(page.getByText('35 jours avant le début')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'État : En cours' })).toBeVisible()

  await saved(page, 'save', () => page.getByRole('button', { name: 'Ajouter une séance' }).click())
  const visit = page.getByRole('dialog', { name: 'Séance' })
  await visit.getByLabel('Fil du haut').fill('0.014 NiTi')
  await saved(page, 'save', () => visit.getByLabel('Fil du bas').fill('0.016 NiTi'))
  await visit.getByRole('button', { name: 'Ajouter un appareil' }).click()
  await saved(page, 'save', () => visit.getByRole('option', { name: /^11,/ }).click())
  await visit.getByRole('button', { name: 'Terminé' }).click()
  await expect(page.getByText('Boîtier posé : 11')).toBeVisible()
  await expect(page.getByRole('img', { name: /Appareils.*11.*Boîtier/ })).toBeVisible()

  const adding = page.getByRole('form', { name: 'Ajouter une mesure' })
  await adding.getByLabel('Nom').fill('Surplomb horizontal')
  await saved(page, 'save', () => adding.getByRole('button', { name: 'Ajouter une mesure' }).click())
  const value = page.getByLabel('Surplomb horizontal, T0')
  await value.fill('6,5')
  await saved(page, 'save', () => page.getByLabel('Surplomb horizontal, T1').fill('2'))
  await saved(page, 'save', () => page.keyboard.press('Tab'))
  const chart = page.getByRole('img', { name: 'Évolution : Surplomb horizontal' })
  await expect(chart).toContainText('6,5')
  await expectNoFaults(page)

  await saved(page, 'save', () => page.getByRole('button', { name: 'Annuler', exact: true }).click())
  await page.reload()
  await expect(value).toHaveValue('6,5')
  await expect(page.getByLabel('Surplomb horizontal, T1')).toHaveValue('')
})

test('treatments of one person in two records become one when they are merged, and two again', async ({
  page,
  system,
}) => {
  // the machine knew another number, and somebody began a treatment there
  await store(system.url, system.demo.token, [
    dicomFile({ ...who, patientId: 'ORT-2', studyDate: '20240901', photograph: frontal }),
  ])
  await actAs(page, system, 'dentist')
  const kept = orthodontics.replace(/\/orthodontics$/, '')
  await page.goto('/?q=ORT-2')
  const second = page
    .getByRole('link', { name: /Fortier, Camille/ })
    .and(page.locator(`:not([href="${kept}"])`))
  const gone = (await second.getAttribute('href')) ?? ''
  const ofSecond = `${gone}/orthodontics`
  const start = page.getByLabel('Début du traitement : réel')
  await page.goto(ofSecond)
  await ready(page)
  await saved(page, 'save', () => start.fill('2024-09-15'))
  await saved(page, 'save', () => page.getByRole('button', { name: 'Ajouter une séance' }).click())
  const visit = page.getByRole('dialog', { name: 'Séance' })
  await saved(page, 'save', async () => {
    await visit.getByLabel('Fil du haut').fill('0.012 NiTi')
    await page.keyboard.press('Tab')
  })
  await visit.getByRole('button', { name: 'Terminé' }).click()

  await page.goto(`${kept}/merge?with=${gone.split('/').at(-1)}`)
  await ready(page)
  await expect(page.getByText('Les deux dossiers ont un traitement orthodontique')).toBeVisible()
  await page.getByRole('button', { name: 'Fusionner' }).click()
  await page.waitForURL((url) => url.pathname === kept)
  await page.goto(orthodontics)
  await ready(page)
  // the earlier start counts; visits of both are there
  await expect(start).toHaveValue('2024-09-15')
  const main = page.getByRole('main')
  for (const wire of ['0.012 NiTi', '0.016 NiTi']) await expect(main).toContainText(wire)

  await page.goto(kept)
  await ready(page)
  await page.getByRole('button', { name: 'Corriger l’identité' }).click()
  await page.getByRole('button', { name: 'Refaire deux dossiers' }).click()
  await expect(page.getByText('Il y a de nouveau deux dossiers')).toBeVisible()
  for (const [path, day, own, others] of [
    [orthodontics, '2025-06-10', '0.016 NiTi', '0.012 NiTi'],
    [ofSecond, '2024-09-15', '0.012 NiTi', '0.016 NiTi'],
  ] as const) {
    await page.goto(path)
    await expect(start).toHaveValue(day)
    await expect(main).toContainText(own)
    await expect(main).not.toContainText(others)
  }
})

test('each tooth tells what is on it at every visit, deciduous ones too, and each arch which wire was in from when to when', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'dentist')
  await page.goto(orthodontics)
  await ready(page)
  const visit = page.getByRole('dialog', { name: 'Séance' })
  const add = () =>
    saved(page, 'save', () => page.getByRole('button', { name: 'Ajouter une séance' }).click())
  const write = (label: string, text: string) =>
    saved(page, 'save', async () => {
      await visit.getByLabel(label).fill(text)
      await page.keyboard.press('Tab')
    })
  const done = () => visit.getByRole('button', { name: 'Terminé' }).click()
  const line = visit.getByRole('combobox', { name: /^Appareil/ }).last()
  const choose = (tooth: string) =>
    saved(page, 'save', () => visit.getByRole('option', { name: new RegExp(`^${tooth},`) }).click())

  // a band on a molar that will fall out, and a stronger wire
  await add()
  await write('Date', '2025-09-15')
  await write('Fil du haut', '0.018 NiTi')
  await visit.getByRole('button', { name: 'Ajouter un appareil' }).click()
  await line.selectOption({ label: 'Bague' })
  await visit.getByRole('combobox', { name: /^Quelles dents/ }).selectOption({ label: 'Mixte' })
  for (const tooth of ['16', '55']) await choose(tooth)
  await done()
  // the band is off, and so is the wire
  await add()
  await write('Date', '2026-02-02')
  await write('Fil du haut', '-')
  await visit.getByRole('button', { name: 'Ajouter un appareil' }).click()
  await line.selectOption({ label: 'Bague' })
  await visit
    .getByRole('combobox', { name: /^Changement/ })
    .last()
    .selectOption({ label: 'retiré' })
  await choose('16')
  await done()

  await page.reload()
  await ready(page)
  const timeline = page.getByRole('img', { name: /^Ligne du temps/ })
  await expect(timeline).toHaveAccessibleName(/Fil du haut 0\.018 NiTi, 15 septembre 2025 – 2 février 2026/)
  const chart = page.getByRole('img', { name: /^Appareils/ })
  await expect(chart).toHaveAccessibleName(/55[^.]*Bague/)
  await expect(chart).not.toHaveAccessibleName(/16[^.]*Bague/)
  await page.getByRole('combobox', { name: 'Séance' }).selectOption({ label: '15 septembre 2025' })
  await expect(page.getByRole('heading', { name: /15 septembre 2025/ })).toBeVisible()
  await expect(chart).toHaveAccessibleName(/16[^.]*Bague/)
  await expect(chart).not.toHaveAccessibleName(/Boîtier/)
})

test('in English on a tablet and a phone, without faults; the front desk sees none of it', async ({
  browser,
  page,
  system,
}) => {
  const context = await browser.newContext({
    baseURL: system.url,
    locale: 'en-CA',
    viewport: { width: 1024, height: 768 },
  })
  const tablet = await context.newPage()
  await actAs(tablet, system, 'assistant')
  const speak = (locale: string) =>
    context.request.post('/language', { form: { locale }, headers: { Origin: system.url } })
  await speak('en')
  try {
    await tablet.goto(orthodontics)
    await ready(tablet)
    await expect(tablet.getByRole('heading', { name: 'State: Progress' })).toBeVisible()
    await expectNoFaults(tablet)
    await tablet.setViewportSize({ width: 390, height: 844 })
    await tablet.goto(set)
    await ready(tablet)
    await expectNoFaults(tablet)
  } finally {
    // the choice is the user's, whom other specs know in French
    await speak('fr')
  }
  await context.close()

  await actAs(page, system, 'front-desk')
  expect((await page.goto(orthodontics))?.status()).toBe(403)
})
