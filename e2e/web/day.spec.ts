import { axeOf } from '../axe-of.ts'
import { expect, type Locator, type Page } from '@playwright/test'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

/** Nobody else books on it. */
const day = '2031-03-04'

async function expectWell(page: Page, where: string) {
  // legacy: without a page of its own to gather the results of frames, which there are none of
  const { violations } = await axeOf(page).analyze()
  const faults = violations.map(
    ({ id, nodes }) => `${where}: ${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  )
  // as text: this project's types know no browser
  const wide = await page.evaluate<boolean>(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  )
  expect({ where, faults, wide }).toEqual({ where, faults: [], wide: false })
}

const calendar = (page: Page) => page.getByRole('region', { name: 'Calendrier du jour' })
const block = (page: Page, name: RegExp) => calendar(page).getByRole('button', { name })
const told = (page: Page, text: string | RegExp) =>
  expect(page.getByRole('status').filter({ hasText: text })).toBeVisible()

async function book(page: Page, slot: string, who: () => Promise<void>) {
  await calendar(page)
    .getByRole('button', { name: `Réserver à ${slot}, Marc Gagné` })
    .focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Nouveau rendez-vous' })
  await expect(dialog.getByRole('combobox', { name: 'Patient' })).toBeFocused()
  await who()
  return dialog
}

async function drag(page: Page, from: Locator, to: Locator) {
  await from.hover({ position: { x: 40, y: 10 } })
  await page.mouse.down()
  await to.hover({ position: { x: 40, y: 10 } })
  await page.mouse.up()
}

test("a front desk's morning: a new patient, a full hour, a move and its undoing, alerts, a note, who has come, and images that only their dentist opens", async ({
  page,
  browser,
  system,
}) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await actAs(page, system, 'front-desk')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.setViewportSize({ width: 1280, height: 900 })
  /** another page of hers, on which nothing is pressed */
  const beside = await page.context().newPage()

  await test.step('a new patient is made while the appointment is', async () => {
    await page.goto(`/appointments?day=${day}`)
    await ready(page)
    const dialog = await book(page, '10 h 00', async () => {
      await page.keyboard.type('Rosalie Thivierge')
      await page.getByRole('option', { name: /Nouveau patient/ }).click()
      await expect(page.getByLabel('Nom', { exact: true })).toHaveValue('Thivierge')
      await page.getByLabel('Téléphone').fill('418 555-0191')
      // an impatient hand makes one record
      let answer = () => {}
      const held = new Promise<void>((resolve) => (answer = resolve))
      await page.route(/appointments\?\/patient$/, async (route) => {
        await held
        await route.continue()
      })
      await page.getByRole('button', { name: 'Créer le dossier' }).click()
      await page.getByLabel('Téléphone').press('Enter')
      answer()
    })
    await expect(dialog.getByRole('link', { name: 'Thivierge, Rosalie' })).toBeVisible()
    await dialog.getByLabel('Note').fill('Dent fracturée')
    await expectWell(page, 'dialog')
    await dialog.getByRole('button', { name: 'Réserver', exact: true }).click()
    await told(page, 'Réservé : Thivierge, Rosalie, 10 h 00')
    await expect(block(page, /10 h 00.*Thivierge, Rosalie.*Dent fracturée/)).toBeVisible()
    await expectWell(page, 'day')
  })

  await test.step('a second one at that hour is asked about, then shown as overlapping', async () => {
    const dialog = await book(page, '10 h 00', async () => {
      await page.keyboard.type('thiv')
      await expect(page.getByRole('option', { name: /Thivierge, Rosalie.*418 555-0191/ })).toBeVisible()
      await page.keyboard.press('Enter')
    })
    await dialog.getByRole('button', { name: 'Réserver', exact: true }).click()
    await expect(dialog.getByRole('alert')).toContainText('10 h 00, 30 min : Thivierge, Rosalie')
    await dialog.getByRole('button', { name: 'Réserver quand même' }).click()
    await expect(block(page, /Chevauche Thivierge/)).toHaveCount(2)
    await page.getByRole('button', { name: 'Annuler', exact: true }).click()
    await told(page, 'Annulé')
    await expect(block(page, /Thivierge/)).toHaveCount(1)
  })

  await test.step('dragged, pushed by keys, and put back', async () => {
    await beside.goto(`/appointments?day=${day}`)
    await expect(block(beside, /10 h 00.*Thivierge/)).toBeVisible()
    const slot = calendar(page).getByRole('button', { name: 'Réserver à 14 h 00, Marc Gagné' })
    await drag(page, block(page, /Thivierge/), slot)
    await told(page, 'Déplacé à 14 h 00')
    await expect(block(page, /14 h 00.*Thivierge/)).toBeVisible()
    await expect(block(beside, /14 h 00.*Thivierge/)).toBeVisible()
    await page.getByRole('button', { name: 'Annuler', exact: true }).click()
    await expect(block(page, /10 h 00.*Thivierge/)).toBeVisible()
    await block(page, /Thivierge/).focus()
    // the second while the first, and the undoing before it, may still be on their way
    await page.keyboard.press('Shift+ArrowDown')
    await page.keyboard.press('Shift+ArrowDown')
    await told(page, 'Déplacé à 10 h 30')
    await page.keyboard.press('Shift+ArrowUp')
    await told(page, 'Déplacé à 10 h 15')
    await page.reload()
    await ready(page)
    await expect(block(page, /10 h 15.*Thivierge/)).toBeVisible()
  })

  await test.step('opening hours are the owner’s to say; a week, and a move out of its hours, which is said and not refused', async () => {
    const context = await browser.newContext({ baseURL: system.url })
    const owner = await context.newPage()
    await actAs(owner, system, 'owner')
    await owner.goto('/settings/practice')
    await ready(owner)
    const monday = owner.getByRole('group', { name: 'lundi' })
    await monday.getByLabel('lundi, ouverture').fill('08:00')
    await monday.getByLabel('lundi, fermeture', { exact: true }).fill('')
    await owner.getByRole('button', { name: 'Enregistrer' }).click()
    await expect(owner.getByRole('alert')).toContainText('Chaque plage d’ouverture')
    await monday.getByLabel('lundi, fermeture', { exact: true }).fill('12:00')
    await monday.getByLabel('lundi, réouverture').fill('13:00')
    await monday.getByLabel('lundi, fermeture du soir').fill('17:00')
    await owner.getByRole('button', { name: 'Du mardi au vendredi' }).click()
    await owner.getByRole('button', { name: 'Enregistrer' }).click()
    await told(owner, 'Enregistré')
    await owner.reload()
    await expect(owner.getByLabel('vendredi, fermeture du soir')).toHaveValue('17:00')
    await expect(owner.getByLabel('samedi, ouverture')).toHaveValue('')
    await context.close()

    await page.getByRole('link', { name: 'Semaine', exact: true }).click()
    await expect(page).toHaveURL(/view=week/)
    await expect(page.getByRole('heading', { level: 1 })).toContainText(/3.*9 mars 2031/)
    await expect(calendar(page).getByRole('group')).toHaveCount(5)
    await expect(block(page, /10 h 15.*Thivierge/)).toBeVisible()
    await expectWell(page, 'week')
    const slot = calendar(page).getByRole('button', {
      name: /^Réserver à 12 h 00, jeu. 6 mars.*hors des heures/,
    })
    await drag(page, block(page, /Thivierge/), slot)
    await told(page, /Déplacé au jeudi 6 mars 2031, 12 h 00.*Hors des heures d’ouverture/)
    await expect(
      page.getByRole('group', { name: 'jeu. 6 mars' }).getByRole('button', { name: /Thivierge/ }),
    ).toBeVisible()
    await page.getByRole('button', { name: 'Annuler', exact: true }).click()
    await expect(
      page.getByRole('group', { name: 'mar. 4 mars' }).getByRole('button', { name: /Thivierge/ }),
    ).toBeVisible()
    await page.setViewportSize({ width: 390, height: 844 })
    await expect(
      page.getByRole('region', { name: 'Mardi 4 mars 2031' }).getByRole('button', { name: /Thivierge/ }),
    ).toBeVisible()
    await expectWell(page, 'week, phone')
    await page.setViewportSize({ width: 1280, height: 900 })

    await page.keyboard.press('n')
    const dialog = page.getByRole('dialog', { name: 'Nouveau rendez-vous' })
    await dialog.getByLabel('Jour').fill('2031-03-08')
    await expect(dialog.getByText('La clinique est fermée le samedi')).toBeVisible()
    await dialog.getByLabel('Jour').fill('2031-03-06')
    await dialog.getByLabel('Heure').fill('09:30')
    await expect(dialog.getByText('Hors des heures')).toHaveCount(0)
    await dialog.getByRole('button', { name: 'Fermer' }).click()
    await expect(dialog).toHaveCount(0)
    await page.keyboard.press('w')
    await expect(page).toHaveURL(/\?day=2031-03-04$/)
  })

  await test.step('what somebody else changed meanwhile is told, not overwritten', async () => {
    await block(page, /10 h 15.*Thivierge/).click()
    const dialog = page.getByRole('dialog', { name: 'Rendez-vous' })
    const other = await page.context().newPage()
    await other.goto(`/appointments?day=${day}`)
    await ready(other)
    await block(other, /Thivierge/).focus()
    await other.keyboard.press('Shift+ArrowDown')
    await told(other, 'Déplacé à 10 h 30')
    await other.close()
    await dialog.getByLabel('Note').fill('autre chose')
    await dialog.getByRole('button', { name: 'Enregistrer' }).click()
    await expect(dialog.getByRole('alert')).toContainText(/Josée Tremblay a modifié ce rendez-vous/)
    await expect(dialog.getByLabel('Heure')).toHaveValue('10:30')
    await dialog.getByRole('button', { name: 'Confirmé', exact: true }).click()
    await told(page, 'Thivierge, Rosalie : Confirmé')
  })

  await test.step('an alert stands wherever the patient does; a note keeps its versions', async () => {
    await page.goto('/?q=5550191')
    await ready(page)
    await page.getByRole('link', { name: /Thivierge, Rosalie/ }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Thivierge, Rosalie' })).toBeVisible()
    await page.getByRole('button', { name: 'Alertes' }).click()
    await page.getByLabel('Précision').fill('latex')
    await page.getByRole('button', { name: 'Ajouter l’alerte' }).click()
    await expect(page.getByRole('list', { name: 'Alertes' })).toContainText('Allergie : latex')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Ajouter une note' }).click()
    await page.getByRole('textbox', { name: 'Note' }).fill('Appeler le soir')
    await page.getByRole('button', { name: 'Enregistrer la note' }).click()
    await page.getByRole('button', { name: 'Modifier la note' }).click()
    await page.getByRole('textbox', { name: 'Note' }).fill('Appeler le matin')
    await page.getByRole('button', { name: 'Enregistrer la note' }).click()
    await page.getByText('1 version antérieure').click()
    await expect(page.getByText('Appeler le soir')).toBeVisible()
    await page.getByRole('button', { name: 'Modifier le téléphone et le courriel' }).click()
    await page.getByLabel('Téléphone').fill('581 555-0191')
    await page.getByRole('button', { name: 'Enregistrer', exact: true }).click()
    await expect(page.getByRole('link', { name: '581 555-0191' })).toBeVisible()
    await page.getByRole('button', { name: 'Annuler', exact: true }).click()
    await expect(page.getByRole('link', { name: '418 555-0191' })).toBeVisible()
    await expectWell(page, 'patient')
  })

  await test.step('the first page shows today, and one press says who has come', async () => {
    await page.getByRole('link', { name: 'Prendre un rendez-vous' }).click()
    const dialog = page.getByRole('dialog', { name: 'Nouveau rendez-vous' })
    await expect(dialog.getByText('Allergie : latex')).toBeVisible()
    await dialog.getByRole('button', { name: 'Réserver', exact: true }).click()
    await told(page, 'Réservé')
    await page.getByRole('link', { name: 'Aujourd’hui' }).first().click()
    const today = page.getByRole('listitem').filter({ hasText: 'Thivierge, Rosalie' })
    await expect(today.getByText('Alertes : Allergie : latex')).toBeAttached()
    const listens = beside.waitForResponse(/\/api\/events\b/) // what changes before is not told
    await beside.goto('/')
    await listens
    const seen = beside.getByRole('listitem').filter({ hasText: 'Thivierge, Rosalie' })
    await expect(seen.getByRole('button', { name: /marquer « Arrivé »/ })).toBeVisible()
    await today.getByRole('button', { name: /marquer « Arrivé »/ }).click()
    await told(page, 'Thivierge, Rosalie : Arrivé')
    await expect(today.getByRole('button', { name: /marquer « En traitement »/ })).toBeVisible()
    await expect(seen.getByRole('button', { name: /marquer « En traitement »/ })).toBeVisible()
    await beside.close()
    await expectWell(page, 'today')
  })

  await test.step('images come under a number that the desk did not know: a second record, which a dentist merges', async () => {
    const uids = { studyInstanceUid: newUid(), seriesInstanceUid: newUid(), sopInstanceUid: newUid() }
    const machine = { patientName: 'THIVIERGE^ROSALIE', patientId: 'DAY-77', ...uids }
    await store(system.url, system.demo.token, [dicomFile(machine)])
    await page.goto('/?q=thivierge')
    await ready(page)
    await expect(page.getByText(/^Peut-être la même personne que THIVIERGE, ROSALIE/)).toBeVisible()
    const gone = (await page.getByRole('link', { name: /^THIVIERGE, ROSALIE/ }).getAttribute('href')) ?? ''
    await page.getByRole('link', { name: /418 555-0191/ }).click()
    const suggestion = page.getByRole('region', { name: 'Peut-être la même personne' })
    await expect(suggestion.getByRole('button', { name: 'Deux personnes' })).toBeVisible()
    await expect(suggestion.getByRole('link', { name: 'Comparer et fusionner' })).toHaveCount(0)
    // what is being written about one of them does not go on under the other's name
    const path = new URL(page.url()).pathname
    await page.getByRole('button', { name: 'Ajouter une note' }).click()
    await page.getByRole('textbox', { name: 'Note' }).fill('Rappel à faire')
    await suggestion.getByRole('link').click()
    await page.waitForURL((url) => url.pathname !== path)
    await expect(page.getByRole('heading', { level: 1, name: 'THIVIERGE, ROSALIE' })).toBeVisible()
    await expect(page.getByRole('textbox', { name: 'Note' })).toHaveCount(0)
    await page.goBack()
    await page.waitForURL((url) => url.pathname === path)

    const context = await browser.newContext({ baseURL: system.url })
    const dentist = await context.newPage()
    await actAs(dentist, system, 'dentist')
    await dentist.goto(new URL(page.url()).pathname)
    await ready(dentist)
    await dentist.getByRole('link', { name: 'Comparer et fusionner' }).click()
    await expect(dentist.getByText('1 image', { exact: true })).toBeVisible()
    await expectWell(dentist, 'merge')
    await dentist.setViewportSize({ width: 390, height: 844 })
    await expectWell(dentist, 'merge, phone')
    await dentist.getByRole('button', { name: 'Fusionner' }).click()
    await told(dentist, 'Les deux dossiers n’en font plus qu’un')
    await expect(dentist.getByRole('heading', { level: 1, name: 'Thivierge, Rosalie' })).toBeVisible()
    await expect(dentist.getByRole('article').getByRole('img').first()).toBeVisible()
    // the desk's open page follows by itself: the images are told, and not shown
    await expect(suggestion).toHaveCount(0)
    // pages of the record that is gone lead to those of the one that stays
    await dentist.goto(`${gone}/mounts`)
    await expect(dentist).toHaveURL(new RegExp(`${new URL(page.url()).pathname}/mounts$`))
    await dentist.goto(gone)
    await expect(dentist).toHaveURL(new RegExp(`${new URL(page.url()).pathname}$`))
    await ready(dentist)
    await expect(page.getByRole('article').filter({ hasText: '20 novembre 2026' })).toBeVisible()
    await expect(page.getByRole('article').getByRole('img')).toHaveCount(0)
    await expect(page.getByText('DAY-77')).toBeVisible()
    const { studyInstanceUid: study, seriesInstanceUid: series, sopInstanceUid: instance } = uids
    for (const path of [
      `/renditions/${study}/${series}/${instance}/1/512.jpg`,
      `/dicom-web/studies/${study}/series/${series}/instances/${instance}`,
      `/dicom-web/studies/${study}/series/${series}/instances/${instance}/rendered`,
      `/dicom-web/studies/${study}/metadata`,
      `/view/${study}`,
    ])
      expect([path, (await page.request.get(path)).status()]).toEqual([path, 403])

    await dentist.getByRole('button', { name: 'Corriger l’identité' }).click()
    await expectWell(dentist, 'identity, phone')
    await dentist.getByRole('button', { name: 'Refaire deux dossiers' }).click()
    await told(dentist, 'Il y a de nouveau deux dossiers')
    await expect(suggestion).toBeVisible()
    await suggestion.getByRole('button', { name: 'Deux personnes' }).click()
    await expect(suggestion).toHaveCount(0)
    await context.close()
  })

  await test.step('an identity is corrected where it is wrong', async () => {
    await page.getByRole('button', { name: 'Corriger l’identité' }).click()
    const dialog = page.getByRole('dialog', { name: 'Corriger l’identité' })
    await dialog.getByLabel('Date de naissance').fill('2019-02-03')
    await dialog.getByLabel('Numéro de patient').fill('DAY-77')
    await dialog.getByRole('button', { name: 'Enregistrer' }).click()
    await expect(dialog.getByRole('alert')).toContainText('THIVIERGE, ROSALIE a ce numéro')
    await dialog.getByLabel('Numéro de patient').fill('DAY-78')
    await dialog.getByRole('button', { name: 'Enregistrer' }).click()
    await told(page, 'Identité corrigée')
    await expect(page.getByText(/3 février 2019/)).toBeVisible()
    const corrected = new URL(page.url()).pathname
    // misspelt, and corrected once more: who knows the former name finds them
    await page.getByRole('button', { name: 'Corriger l’identité' }).click()
    await dialog.getByLabel('Nom', { exact: true }).fill('Thivierge-Roy')
    await dialog.getByLabel('Prénom').fill('Rose')
    await dialog.getByRole('button', { name: 'Enregistrer' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Thivierge-Roy, Rose' })).toBeVisible()
    await page.goto('/?q=rosalie+thiv')
    await expect(page.locator(`a[href="${corrected}"]`)).toContainText(
      'Aussi connu sous le nom Thivierge, Rosalie',
    )
    await page.goto(corrected)
    await ready(page)
    await expect(page.getByText('DAY-78')).toBeVisible()
  })

  await test.step('on a tablet and a phone', async () => {
    await page.setViewportSize({ width: 1024, height: 768 })
    await expectWell(page, 'today, tablet')
    await page.goto(`/appointments?day=${day}`)
    await ready(page)
    await expectWell(page, 'day, tablet')
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await page.setViewportSize({ width: 390, height: 844 })
    await expect(page.locator('html')).toHaveClass(/\bdark\b/)
    await expectWell(page, 'day, phone')
    await page.getByRole('button', { name: /10 h 30.*Thivierge/ }).click()
    await expectWell(page, 'dialog, phone')
    await page.getByRole('button', { name: 'Annuler le rendez-vous' }).click()
    await told(page, 'Thivierge-Roy, Rose : Annulé')
    await page.goto('/')
    await expectWell(page, 'today, phone')
  })

  expect(asked.filter((path) => path.startsWith('/renditions'))).toEqual([])
})
