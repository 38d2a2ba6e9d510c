import { expect, type Page } from '@playwright/test'
import { actAs, neverRest, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

const [studyInstanceUid, seriesInstanceUid] = [newUid(), newUid()]
const zoe = { patientName: 'Désilets^Zoé', patientId: 'W-48151', birthDate: '20160229' }
const files = [
  dicomFile({ ...zoe, studyDate: '20261102', studyInstanceUid, seriesInstanceUid, number: 1 }),
  dicomFile({ ...zoe, studyDate: '20261102', studyInstanceUid, seriesInstanceUid, number: 2, shade: 220 }),
  dicomFile({ ...zoe, studyDate: '20240115' }),
]

test.beforeAll(async ({ system }) => {
  await store(system.url, system.demo.token, files)
})

async function openZoe(page: Page) {
  await page.goto('/?q=desilets')
  await page.getByRole('link', { name: /Désilets, Zoé/ }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Désilets, Zoé' })).toBeVisible()
}

test('name in any order and case, birth date in words or figures, and number find the patient while they are typed', async ({
  staffPage,
}) => {
  await staffPage.goto('/')
  await ready(staffPage)
  for (const typed of ['DESILETS', 'zoe des', '29 février 2016', '2016-02-29', 'W-481']) {
    await staffPage.getByRole('searchbox').fill('')
    await expect(staffPage.getByRole('heading', { name: '1 patient trouvé' })).toBeHidden()
    await staffPage.getByRole('searchbox').pressSequentially(typed)
    await expect(staffPage.getByRole('heading', { name: '1 patient trouvé' })).toBeVisible()
    await expect(staffPage.getByRole('link', { name: /Désilets, Zoé/ })).toBeVisible()
  }
  // who presses a patient right after the last letter gets there: the search that waits for a pause fetches nobody back
  await staffPage.route('**/patients/*/__data.json*', (route) => setTimeout(() => void route.continue(), 300))
  await staffPage.getByRole('searchbox').fill('desilets')
  await staffPage.getByRole('link', { name: /Désilets, Zoé/ }).click()
  await expect(staffPage.getByRole('heading', { level: 1, name: 'Désilets, Zoé' })).toBeVisible()
  await staffPage.goBack()
  // one that finds nobody says what to try
  await staffPage.getByRole('searchbox').fill('zzzz')
  await expect(staffPage.getByText(/Aucun patient ne correspond/)).toBeVisible()
})

test('from the first page to a picture by keyboard alone', async ({ staffPage }) => {
  await staffPage.goto('/')
  await ready(staffPage)
  await staffPage.keyboard.press('/')
  await expect(staffPage.getByRole('searchbox')).toBeFocused()
  await staffPage.keyboard.type('desilets')
  await expect(staffPage.getByRole('heading', { name: '1 patient trouvé' })).toBeVisible()
  await staffPage.keyboard.press('ArrowDown')
  await staffPage.keyboard.press('Enter')
  await expect(staffPage.getByRole('heading', { level: 1, name: 'Désilets, Zoé' })).toBeVisible()

  const first = staffPage.getByRole('button', { name: /^Regarder/ }).first()
  const focused = first.and(staffPage.locator(':focus'))
  for (let presses = 0; presses < 40 && (await focused.count()) === 0; presses++) {
    await staffPage.keyboard.press('Tab')
  }
  await expect(first).toBeFocused()
  await staffPage.keyboard.press('Enter')
  const look = staffPage.getByRole('dialog', { name: 'Coup d’œil' })
  await expect(look).toContainText('1 sur 3')
  await staffPage.keyboard.press('ArrowRight')
  await expect(look).toContainText('2 sur 3')
  await staffPage.keyboard.press('Escape')
  await expect(look).toBeHidden()
  await expect(first).toBeFocused()
})

test('the timeline shows each study at its date, newest first, with pictures that load', async ({
  staffPage,
}) => {
  await openZoe(staffPage)
  await expect(staffPage.getByText('29 février 2016')).toBeVisible()
  await expect(staffPage.getByText('W-48151')).toBeVisible()
  const studies = staffPage.getByRole('article')
  await expect(studies).toHaveCount(2)
  await expect(studies.nth(0)).toContainText('2 novembre 2026')
  await expect(studies.nth(1)).toContainText('15 janvier 2024')
  // what is between is said: two and three quarter years
  await expect(staffPage.getByText(/^2 ans$/)).toBeVisible()

  const pictures = staffPage.locator('article img')
  await expect(pictures).toHaveCount(3)
  for (const picture of await pictures.all()) await expect(picture).not.toHaveJSProperty('naturalWidth', 0)
  await expect(studies.nth(0).getByRole('link', { name: /visionneuse/i })).toHaveAttribute(
    'href',
    `/viewer/?StudyInstanceUIDs=${studyInstanceUid}`,
  )

  // those of a day alone, and all again
  await ready(staffPage)
  const date = staffPage.getByRole('combobox', { name: 'Date' })
  await date.selectOption('2024-01-15')
  await expect(studies).toHaveCount(1)
  await expect(studies).toContainText('15 janvier 2024')
  await date.selectOption('')
  await expect(studies).toHaveCount(2)
})

test('the quick look sharpens, zooms, says that it is a preview, and closes by the back button', async ({
  staffPage,
}) => {
  await openZoe(staffPage)
  await staffPage
    .getByRole('button', { name: /^Regarder/ })
    .first()
    .click()
  const look = staffPage.getByRole('dialog', { name: 'Coup d’œil' })
  await expect(look.locator('img[data-sharp="true"]')).toHaveAttribute('src', /\/2048(\?k=|$)/)
  await expect(look).toContainText('Aperçu. Ouvrez dans la visionneuse pour le diagnostic.')
  await staffPage.keyboard.press('+')
  await expect(look.locator('img[data-sharp]')).toHaveAttribute('style', /scale\(1\.4\)/)
  await staffPage.keyboard.press('0')
  await expect(look.locator('img[data-sharp]')).toHaveAttribute('style', /scale\(1\)/)
  await staffPage.goBack()
  await expect(look).toBeHidden()
  await expect(staffPage.getByRole('heading', { level: 1, name: 'Désilets, Zoé' })).toBeVisible()
})

test('what somebody opened and typed stays while things change in the practice all the time', async ({
  staffPage: page,
}) => {
  /** The page was read anew, and shows it. */
  const again = async () => {
    for (let times = 0; times < 3; times++) await page.waitForResponse(/__data\.json/)
  }
  await neverRest(page)
  await page.goto('/?list=all')
  await ready(page)
  await page.getByText('Filtres').click()
  await page.getByLabel('Aucune visite depuis').fill('2025-06-30')
  await again()
  await expect(page.getByLabel('Aucune visite depuis')).toBeVisible()
  await expect(page.getByLabel('Aucune visite depuis')).toHaveValue('2025-06-30')

  await openZoe(page)
  await page
    .getByRole('article')
    .first()
    .getByRole('link', { name: /Partag/ })
    .click()
  await page.getByLabel('Pour qui').fill('Zoé')
  await page.getByRole('button', { name: 'Créer le lien' }).click()
  await expect(page.getByRole('img', { name: /Code qui ouvre/ })).toBeVisible()
  await again()
  await expect(page.getByRole('img', { name: /Code qui ouvre/ })).toBeVisible()
  await page.getByRole('button', { name: 'Créer un autre lien' }).click()
  await page.getByLabel('Pour qui').fill('Son père')
  await again()
  await expect(page.getByLabel('Pour qui')).toHaveValue('Son père')
})

test('the front desk sees that images exist, with dates and kinds, and none of them', async ({
  page,
  system,
}) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await actAs(page, system, 'front-desk')
  await page.goto('/?q=desilets')
  // the kind: an intraoral X-ray that names no teeth is an image
  await expect(page.getByRole('link', { name: /Désilets, Zoé/ }).getByTitle('Image')).toHaveText('Image')
  await openZoe(page)
  await expect(page.getByRole('article')).toHaveCount(2)
  await expect(page.locator('article img')).toHaveCount(0)
  await expect(page.getByRole('link', { name: /Partager/ })).toHaveCount(0)
  expect(asked.filter((path) => path.startsWith('/renditions'))).toEqual([])
})

test('a study that arrives shows on the open page by itself, marked as new', async ({
  staffPage,
  system,
}) => {
  await openZoe(staffPage)
  await staffPage.evaluate(() => Object.assign(globalThis, { notReloaded: true }))
  await store(system.url, system.demo.token, [dicomFile({ ...zoe, studyDate: '20261119' })])
  const fresh = staffPage.getByRole('article').filter({ hasText: '19 novembre 2026' })
  await expect(fresh).toBeVisible()
  await expect(fresh).toContainText('Nouveau')
  await expect(fresh.locator('img').first()).toBeVisible()
  expect(await staffPage.evaluate(() => 'notReloaded' in globalThis)).toBe(true)
})

test('so does one that arrives before the page listens', async ({ staffPage, system }) => {
  const { promise: stored, resolve: listen } = Promise.withResolvers<void>()
  await staffPage.route('**/api/events*', async (route) => {
    await stored
    await route.continue()
  })
  await openZoe(staffPage)
  await ready(staffPage)
  await store(system.url, system.demo.token, [dicomFile({ ...zoe, studyDate: '20261120' })])
  listen()
  await expect(staffPage.getByRole('article').filter({ hasText: '20 novembre 2026' })).toContainText(
    'Nouveau',
  )
})

test('so does one that arrives while the page is gone to', async ({ staffPage, system }) => {
  const uid = newUid()
  const { promise: told, resolve: show } = Promise.withResolvers<void>()
  const { promise: read, resolve: hasRead } = Promise.withResolvers<void>()
  await staffPage.route('**/patients/*/__data.json*', async (route) => {
    const response = await route.fetch()
    hasRead()
    await told
    await route.fulfill({ response })
  })
  await staffPage.goto('/?q=desilets')
  await ready(staffPage)
  await staffPage.getByRole('link', { name: /Désilets, Zoé/ }).click({ noWaitAfter: true })
  await read
  // from before it is stored: the browser may come to this later
  const heard = staffPage.evaluate(
    ({ wanted, since }) =>
      new Promise<void>((resolve) => {
        const source = new EventSource(`/api/events?since=${since}`)
        source.addEventListener('study', (event) => {
          if (!('data' in event) || !String(event.data).includes(wanted)) return
          source.close()
          resolve()
        })
      }),
    { wanted: uid, since: Date.now() },
  )
  await store(system.url, system.demo.token, [
    dicomFile({ ...zoe, studyDate: '20261118', studyInstanceUid: uid }),
  ])
  await heard
  // the page's own connection has heard of it by then, and has taken the moment it gathers for
  await staffPage.waitForTimeout(500)
  show()
  await expect(staffPage.getByRole('article').filter({ hasText: '18 novembre 2026' })).toContainText(
    'Nouveau',
  )
})
