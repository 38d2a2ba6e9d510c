import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expectNoFaults } from '../expect-no-faults.ts'
import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

const run = promisify(execFile)
const xray = (name: string) => dicomFile({ patientName: `${name}^Maxime`, patientId: `PLAN-${name}` })

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, ['Ouellet', 'Paquette'].map(xray))
})

/** From the list of patients to an empty plan. */
async function beginPlan(page: Page, name: string, title: string) {
  await page.goto(`/?q=${name}`)
  await page.getByRole('link', { name: new RegExp(`${name}, Maxime`) }).click()
  await page.getByRole('link', { name: 'Dents et plans' }).click()
  await ready(page)
  await page.getByRole('textbox', { name: 'Nouveau plan' }).fill(title)
  // a hand that presses twice begins one plan
  await page.getByRole('button', { name: 'Commencer un plan' }).dblclick()
  await expect(page.getByRole('combobox', { name: 'Ajouter un acte' })).toBeVisible()
  await expect(page.locator('[data-saving]')).toHaveText('Enregistré')
}

async function add(page: Page, query: string) {
  await page.getByRole('combobox', { name: 'Ajouter un acte' }).fill(query)
  await page.keyboard.press('Enter')
}

/** Links the only picture there is to an item. */
async function linkPicture(page: Page, item: string) {
  await page.getByRole('button', { name: `Modifier : ${item}` }).click()
  await page.getByRole('dialog').getByRole('checkbox', { name: /nov/ }).check()
  await expectNoFaults(page, 'item')
  await page.getByRole('button', { name: 'Terminé' }).click()
}

/** A plan as PDF, as Poppler reads it. */
async function readPdf(page: Page, link: string): Promise<{ text: string; pictures: number }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: link }).click(),
  ])
  const path = await download.path()
  const [text, images] = await Promise.all([
    run('pdftotext', ['-layout', path, '-']),
    run('pdfimages', ['-list', path]),
  ])
  return {
    text: text.stdout.replaceAll('\u00a0', ' '),
    pictures: images.stdout.split('\n').filter((line) => line.includes('jpeg')).length,
  }
}

const saved = (page: Page) => expect(page.locator('[data-saving="saved"]')).toBeVisible()

async function draw(page: Page) {
  const field = page.getByRole('img', { name: 'Signature', exact: true })
  await field.scrollIntoViewIfNeeded()
  const box = await field.boundingBox()
  if (!box) throw new Error('There is no field to sign in')
  await page.mouse.move(box.x + 40, box.y + box.height / 2)
  await page.mouse.down()
  for (let step = 1; step <= 8; step++)
    await page.mouse.move(box.x + 40 + step * 25, box.y + box.height / 2 + (step % 2 ? -30 : 30))
  await page.mouse.up()
}

test('a first visit, in French: booked by the front desk, X-rayed, planned at a desk, signed on the tablet, kept as PDF', async ({
  staffPage,
  browser,
  system,
}) => {
  test.slow() // a whole journey
  const page = staffPage
  await actAs(page, system, 'front-desk')
  await page.goto('/appointments?day=2031-05-06')
  await ready(page)
  await page.getByRole('button', { name: 'Réserver à 9 h 00, Marc Gagné' }).focus()
  await page.keyboard.press('Enter')
  const booking = page.getByRole('dialog', { name: 'Nouveau rendez-vous' })
  await expect(booking.getByRole('combobox', { name: 'Patient' })).toBeFocused()
  await page.keyboard.type('Maxime Deschênes')
  await page.getByRole('option', { name: /Nouveau patient/ }).click()
  await page.getByLabel(/Numéro de patient/).fill('PLAN-Deschênes')
  // by one press the record is made, too
  await booking.getByRole('button', { name: 'Réserver', exact: true }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Réservé : Deschênes, Maxime' })).toBeVisible()
  // the machine sends under the number that the front desk gave
  await store(system.url, system.demo.token, [xray('Deschênes')])

  await actAs(page, system, 'dentist')
  await beginPlan(page, 'Deschênes', 'Caries du haut')

  // teeth and surfaces by keyboard alone
  const first = page.getByRole('option', { name: /^18, / })
  await first.focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  await page.keyboard.press('m')
  await page.keyboard.press('o')
  await expect(
    page.getByRole('option', { name: /^16, première molaire supérieure droite; mésiale, occlusale/ }),
  ).toHaveAttribute('aria-selected', 'true')
  await add(page, 'deux faces')
  await expect(page.getByRole('button', { name: /16 MO\s*Obturation blanche, deux faces/ })).toBeVisible()
  // what needs teeth asks for them
  await add(page, 'EN-2')
  await expect(page.getByText('Choisissez d’abord les dents')).toBeVisible()
  await page.getByRole('button', { name: 'Haut gauche' }).click()
  await add(page, 'PE-1')
  await add(page, 'plaque')
  await add(page, 'nettoyage')
  const fee = page.getByLabel('Honoraires : Plaque occlusale')
  await fee.fill('cinq cents')
  await page.getByRole('button', { name: 'Présenter' }).click()
  await expect(fee).toBeFocused()
  await expect(page.getByRole('alert').filter({ hasText: 'Un montant de 0 à 100000,00' })).toBeVisible()
  await fee.fill('500,00')
  await page.getByRole('button', { name: 'Monter : Nettoyage et polissage' }).click()
  await linkPicture(page, 'Plaque occlusale')
  await saved(page)
  await expectNoFaults(page, 'draft')

  // a step back and forth, and everything is there after a reload
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+Shift+z')
  await saved(page)
  await page.reload()
  await expect(page.getByText('1 085,00 $').first()).toBeVisible()
  await expect(page.locator('[data-item]').nth(2)).toContainText('Nettoyage et polissage')

  // on paper a draft is read, not filled in: what is done stands there, without the buttons that hold it on the screen
  await page.emulateMedia({ media: 'print' })
  await page.evaluate(`dispatchEvent(new Event('beforeprint'))`)
  await expect(
    page.getByRole('listitem').filter({ hasText: 'Obturation blanche, deux faces' }).first(),
  ).toBeVisible()
  await expect(page.locator('[data-item]').first()).toBeHidden()
  await page.evaluate(`dispatchEvent(new Event('afterprint'))`)
  await page.emulateMedia({ media: null })

  await page.getByRole('button', { name: 'Ajouter une autre option' }).click()
  await expect(page.getByRole('link', { name: 'Plan B' })).toHaveAttribute('aria-current', 'page')
  await page.getByLabel('Honoraires : Plaque occlusale').fill('300')
  await saved(page)
  await page.getByRole('link', { name: 'Comparer' }).click()
  await expect(page.getByRole('region', { name: 'Plan B' })).toContainText('885,00 $')
  await expectNoFaults(page, 'alternatives')
  await page.getByRole('link', { name: 'Plan A' }).click()

  await page.getByRole('button', { name: 'Présenter' }).click()
  // a hand that presses twice presents once, and hears of nobody else
  await page.getByRole('dialog').getByRole('button', { name: 'Présenter' }).dblclick()
  const show = page.getByRole('link', { name: 'Montrer et signer' })
  await expect(show).toBeVisible()
  await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toHaveCount(0)
  await show.click()

  // the tablet, in the patient's language
  await page.setViewportSize({ width: 820, height: 1180 })
  await page.getByRole('link', { name: 'English', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Agree and sign' })).toBeVisible()
  await expect(page.getByText('Upper right first molar (16)')).toBeVisible()
  await page.getByRole('link', { name: 'Français', exact: true }).click()
  await ready(page)
  await expectNoFaults(page, 'presented')
  const sign = page.getByRole('button', { name: 'Signer ce plan' })
  await expect(sign).toBeDisabled()
  await page.getByRole('checkbox', { name: /J’accepte ce plan/ }).check()
  await draw(page)
  await sign.click()
  await expect(page.getByText(/Signé par Maxime Deschênes/)).toBeVisible()
  const french = await readPdf(page, 'PDF en français')
  expect(french.text).toMatch(/Plaque occlusale +Accepté +500,00 \$/)
  expect(french.text).toContain('Première molaire supérieure droite (16)')
  expect(french.text).toMatch(/Total +1 085,00 \$/)
  // plan B was not presented
  expect(french.text).not.toContain('Autres options présentées')
  expect(french.text).toContain('sur la tablette de la clinique')
  expect(french.pictures).toBe(1)
  await page.getByRole('link', { name: 'Retour aux pages de la clinique' }).click()
  await expect(page.getByText(/La signature tient/)).toBeVisible()

  // an item goes its way, and back
  await page.getByText('Où c’en est').first().click()
  await page.getByRole('button', { name: 'Fait', exact: true }).first().dblclick()
  await expect(page.getByText('Maintenant : Fait')).toBeVisible()
  await page.getByRole('button', { name: 'Annuler' }).click()
  await expect(page.getByText('Maintenant : Accepté')).toBeVisible()

  // changing what was signed makes a version, and the difference is told
  await page.getByRole('button', { name: 'Modifier dans une nouvelle version' }).click()
  await page.getByLabel('Honoraires : Plaque occlusale').fill('450')
  await saved(page)
  await page.getByRole('link', { name: 'Comparer' }).click()
  await expect(page.getByText(/→\s*1\s035,00\s\$\s*\(−50,00\s\$\)/)).toBeVisible()

  await frontDeskSeesNoImages(browser, system.url, page.url(), async (other) =>
    actAs(other, system, 'front-desk'),
  )
})

async function frontDeskSeesNoImages(
  browser: Browser,
  url: string,
  path: string,
  enter: (page: Page) => Promise<void>,
) {
  const context = await browser.newContext({ baseURL: url })
  const page = await context.newPage()
  await enter(page)
  await page.goto(path.replace(/\/compare.*$/, '?plan=A&version='))
  await expect(page.getByRole('link', { name: /^Plan A/ })).toBeVisible()
  await expect(page.getByRole('combobox', { name: 'Ajouter un acte' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: /Présenter|Modifier/ })).toHaveCount(0)
  await context.close()
}

test('what two people write at once is all kept, and what one writes while the server is away is saved later', async ({
  staffPage,
  browser,
  system,
}) => {
  await beginPlan(staffPage, 'Ouellet', 'À deux')
  await add(staffPage, 'nettoyage')
  await saved(staffPage)
  const context = await browser.newContext({ baseURL: system.url })
  const other = await context.newPage()
  await actAs(other, system, 'assistant')
  await other.goto(staffPage.url())
  await ready(other)

  const note = (page: Page) => page.getByLabel('Pour le patient', { exact: true })
  await note(other).fill('De l’assistante')
  await other.getByLabel('Ce qui distingue ce plan').fill('doux')
  await saved(other)
  await staffPage.route('**/versions/**', (route) => route.abort())
  await note(staffPage).fill('De la dentiste')
  await add(staffPage, 'plaque')
  await expect(staffPage.locator('[data-saving="away"]')).toBeVisible()
  await staffPage.unroute('**/versions/**')

  await expect(staffPage.getByText('Vous avez écrit')).toBeVisible()
  await expect(note(staffPage)).toHaveValue('De l’assistante')
  await expect(staffPage.getByLabel('Ce qui distingue ce plan')).toHaveValue('doux')
  await expect(staffPage.locator('[data-item]')).toHaveCount(2)
  await staffPage.getByRole('button', { name: 'Prendre le mien' }).click()
  await saved(staffPage)
  await other.reload()
  await expect(note(other)).toHaveValue('De la dentiste')
  await expect(other.locator('[data-item]')).toHaveCount(2)
  // an assistant writes drafts, and presents none
  await expect(other.getByRole('button', { name: 'Présenter' })).toHaveCount(0)
  await context.close()
})

test('a patient reads the plan by a link, sees its picture and no other, declines an item and signs on a phone in English', async ({
  staffPage,
  browser,
  system,
}) => {
  await beginPlan(staffPage, 'Paquette', 'Par lien')
  await add(staffPage, 'nettoyage')
  await linkPicture(staffPage, 'Nettoyage et polissage')
  await add(staffPage, 'plaque')
  await staffPage.getByLabel('Honoraires : Plaque occlusale').fill('500,00')
  await saved(staffPage)
  await staffPage.getByRole('button', { name: 'Présenter' }).click()
  await staffPage.getByRole('dialog').getByRole('button', { name: 'Présenter' }).click()
  await staffPage.getByRole('link', { name: 'Montrer et signer' }).click()
  await staffPage.getByRole('button', { name: 'Envoyer par un lien' }).click()
  await staffPage.getByRole('button', { name: 'Créer le lien' }).click()
  const link = await staffPage.getByLabel('Lien', { exact: true }).inputValue()

  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    locale: 'en-CA',
    baseURL: system.url,
    colorScheme: 'dark',
  })
  const page = await context.newPage()
  await page.goto(link)
  await expect(page.getByText(/Paquette/)).toHaveCount(0)
  await page.getByRole('button', { name: 'Read the plan' }).click()
  await expect(page.getByRole('heading', { name: 'Agree and sign' })).toBeVisible()
  await expect(page.locator('main img').first()).not.toHaveJSProperty('naturalWidth', 0)
  await expectNoFaults(page, 'by link')
  const source = (await page.locator('main img').first().getAttribute('src')) ?? ''
  const answerOf = async (path: string) =>
    (await page.request.get(system.url + path, { maxRedirects: 0 })).status()
  expect(await answerOf(source)).toBe(200)
  const [, , share = ''] = source.split('/')
  expect(await answerOf(source.replace(/(\/renditions\/[^/]+\/[^/]+\/)[^/]+/, '$11.2.3'))).toBe(401)
  expect(await answerOf(`/s/${share}/dicom-web/studies/${source.split('/')[4]}/metadata`)).toBe(401)
  expect(await answerOf('/')).toBe(303)

  await aLinkTakenBackWhileOpenSaysSo(staffPage, context, system.url)

  const status = page.getByRole('status').filter({ hasText: 'Treatments accepted' })
  await expect(status).toContainText('2 of 2')
  await page.getByRole('checkbox', { name: /^I accept this ?: Night guard/ }).uncheck()
  await expect(status).toContainText('1 of 2')
  await expectNoFaults(page, 'one declined')
  await page.getByRole('checkbox', { name: /I agree to this plan/ }).check()
  await page.getByRole('checkbox', { name: /I cannot draw/ }).check()
  await page.getByRole('button', { name: 'Sign this plan' }).click()
  await expect(page.getByText(/Signed by Maxime Paquette/)).toBeVisible()
  await staffPage.reload()
  await expect(staffPage.getByText(/Signé par Maxime Paquette/)).toBeVisible()
  const english = await readPdf(page, 'PDF in English')
  expect(english.text).toMatch(/Night guard +Declined +\$500\.00/)
  expect(english.text).toMatch(/Total proposed +\$/)
  expect(english.text).toContain('through a personal link')
  expect(english.pictures).toBe(1)
  await context.close()

  // staff see it at a glance, on the timeline with its link, and what became of it in the next version
  await staffPage.getByRole('link', { name: 'Retour aux pages de la clinique' }).click()
  await expect(staffPage).toHaveURL(/\?version=/)
  await expect(staffPage.getByText('Traitements acceptés : 1 sur 2')).toBeVisible()
  const plan = staffPage.url()
  await staffPage.goto('/?q=paquette')
  await staffPage.getByRole('link', { name: /Paquette, Maxime/ }).click()
  const entry = staffPage.getByRole('link', { name: /^Par lien .*Signé/ })
  await expect(entry.locator('img')).not.toHaveJSProperty('naturalWidth', 0)
  await expect(staffPage.getByRole('link', { name: /^Par lien/ })).toHaveCount(1)
  await expect(staffPage.getByRole('link', { name: /Maxime Paquette vers le plan Par lien/ })).toBeVisible()
  await staffPage.goto(plan)
  await staffPage.getByRole('button', { name: 'Modifier dans une nouvelle version' }).click()
  await expect(staffPage.getByRole('combobox', { name: 'Ajouter un acte' })).toBeVisible()
  await staffPage.getByRole('link', { name: 'Comparer' }).click()
  await expect(staffPage.getByText('par le patient dans la version 1, toujours dans celle-ci')).toBeVisible()
})

async function aLinkTakenBackWhileOpenSaysSo(staffPage: Page, context: BrowserContext, url: string) {
  const presented = new URL(staffPage.url()).pathname
  const post = (action: string, form: Record<string, string>) =>
    staffPage.request.post(`${url}${presented}?/${action}`, {
      form,
      headers: { Origin: url, Accept: 'application/json', 'x-sveltekit-action': 'true' },
    })
  const made = await (await post('share', { recipient: 'Sa mère', days: '7' })).text()
  const page = await context.newPage()
  await page.goto(`/${/share\/[\w-]{43}/.exec(made)?.[0]}`)
  await page.getByRole('button', { name: 'Read the plan' }).click()
  await ready(page)
  await page.getByRole('checkbox', { name: /I agree to this plan/ }).check()
  await page.getByRole('checkbox', { name: /I cannot draw/ }).check()
  await post('revoke', { share: new URL(page.url()).pathname.split('/')[2] ?? '' })
  await page.getByRole('button', { name: 'Sign this plan' }).click()
  await expect(page.getByRole('alert')).toContainText('cannot be signed here any more')
  await expect(page.getByRole('checkbox', { name: /I cannot draw/ })).toBeChecked()
  // the browser shows nothing of a file that is refused
  await page.getByRole('link', { name: 'PDF in English' }).click()
  await expect(page.getByRole('heading', { name: 'This link is no longer valid' })).toBeVisible()
  await page.close()
}

test('the catalogue is the owner’s: a file is looked through before anything changes', async ({
  page,
  system,
}) => {
  await actAs(page, system, 'owner')
  await page.goto('/settings/catalogue')
  await ready(page)
  await expectNoFaults(page, 'catalogue')
  await page.getByRole('button', { name: 'Importer un fichier' }).click()
  await page.getByLabel('Fichier CSV').setInputFiles({
    name: 'tout.csv',
    mimeType: 'text/csv',
    buffer: Buffer.alloc(2_500_000, 'code,name_en\n'),
  })
  await page.getByRole('button', { name: 'Examiner' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'Ce fichier dépasse 1 Mo.' })).toBeVisible()
  await page.getByLabel('Fichier CSV').setInputFiles({
    name: 'tarifs.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      'code;nom_fr;tarif;taxes;jalons\nZZ-1;Photographie d’essai;12,50;TPS;"Prise +0; Choix +2 j"\nZZ-2;;abc;;\n',
    ),
  })
  await page.getByRole('button', { name: 'Examiner' }).click()
  await expect(page.getByText('Ligne 3 : « abc » n’est pas un montant.')).toBeVisible()
  await expect(page.getByText('Jalons : Prise, le jour même; Choix, 2 jours après')).toBeVisible()
  await page.getByRole('button', { name: 'Reprendre 1 acte' }).click()
  await expect(page.getByText('Photographie d’essai')).toBeVisible()
  await page.goto('/settings/plans')
  await ready(page)
  await expectNoFaults(page, 'settings')
  await page.getByRole('radio', { name: /Palmer/ }).check()
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await expect(page.getByText('Enregistré.')).toBeVisible()
  await page.getByRole('radio', { name: /FDI/ }).check()
  // for all that come after: the practice is the same
  await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST' && response.ok()),
    page.getByRole('button', { name: 'Enregistrer' }).click(),
  ])

  await actAs(page, system, 'dentist')
  expect((await page.goto('/settings/catalogue'))?.status()).toBe(403)
  expect((await page.goto('/settings/plans'))?.status()).toBe(403)
  await actAs(page, system, 'auditor')
  await page.goto('/?q=paquette')
  const patient = await page.getByRole('link', { name: /Paquette, Maxime/ }).getAttribute('href')
  expect((await page.goto(`${patient}/plans`))?.status()).toBe(403)
})
