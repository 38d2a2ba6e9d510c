import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startSystem, type Demo } from '@bitewing/testbed'
import { chromiumArguments, chromiumPath } from '@bitewing/testbed/chromium'
import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test'
import sharp from 'sharp'
import { findInstance } from './viewer/find-instance.ts'
import { openInViewer } from './viewer/open-in-viewer.ts'

const usage = `Usage: npm run screenshots [-- OPTION…]

Takes the pictures of the README and of docs/tour.md into docs/images, from a system of its own with the demo practice (minutes).

  --url URL    of a running system instead, with
  --data DIR   its data folder, whose demo.json has the log-ins
  --into DIR   another folder for the pictures
`

type System = { url: string; demo: Demo; stop(): Promise<void> }
type Look = { theme: 'light' | 'dark'; language: 'en' | 'fr'; phone?: boolean }

const root = join(import.meta.dirname, '..')
const patient = 'Côté'

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      data: { type: 'string' },
      into: { type: 'string', default: join(root, 'docs', 'images') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help || (values.url === undefined) !== (values.data === undefined)) {
    console.error(usage)
    return values.help ? 0 : 2
  }
  await mkdir(values.into, { recursive: true })
  const system = await theSystem(values.url, values.data)
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...chromiumArguments] })
  try {
    await takeAll(browser, system, values.into)
    return 0
  } finally {
    await browser.close()
    await system.stop()
  }
}

async function theSystem(url: string | undefined, data: string | undefined): Promise<System> {
  if (url === undefined || data === undefined) {
    console.error('Starting a system with the demo practice and all its images: some minutes')
    return startSystem({ demo: 'all-images' })
  }
  const file = join(resolve(root, data), 'demo.json')
  const demo = JSON.parse(await readFile(file, 'utf8')) as Demo // written by npm start
  return { url, demo, stop: async () => undefined }
}

async function takeAll(browser: Browser, system: System, folder: string): Promise<void> {
  const { url, demo } = system
  const take = async (page: Page, name: string) => {
    await picturesLoaded(page)
    const taken = await page.screenshot({ animations: 'disabled' })
    const small = await sharp(taken).png({ palette: true, quality: 92, effort: 10 }).toBuffer()
    await writeFile(join(folder, `${name}.png`), small)
    console.error(`${name}.png  ${Math.round(small.byteLength / 1024)} KB`)
  }

  await withStaff(browser, system, { theme: 'light', language: 'en' }, async (page) => {
    await previewsMade(page)
    await page.goto('/?list=all')
    await take(page, 'patients')
    await openPatient(page, patient)
    await scrollToTimeline(page)
    await take(page, 'patient')
    await page.locator('article ul button').first().click()
    await page.locator('dialog[open] img').first().waitFor()
    await take(page, 'quick-look')
    await page.keyboard.press('Escape')

    await page.goto(url)
    await page.getByRole('button', { name: 'Add images' }).first().click()
    await page.getByTestId('choose-files').setInputFiles([
      { name: 'panoramic.dcm', mimeType: 'application/dicom', buffer: await realPanoramic() },
      { name: 'referral.txt', mimeType: 'text/plain', buffer: Buffer.from('Please see this patient.') },
      {
        name: 'broken.dcm',
        mimeType: 'application/dicom',
        buffer: (await realPanoramic()).subarray(0, 500_000),
      },
    ])
    await page
      .getByTestId('uploads')
      .getByRole('heading', { name: /stored, / })
      .first()
      .waitFor()
    await page.waitForTimeout(1500)
    await take(page, 'upload')
  })

  await withStaff(browser, system, { theme: 'dark', language: 'fr' }, async (page) => {
    await page.goto('/?list=all')
    await take(page, 'patients-dark-fr')
    await openPatient(page, patient)
    await scrollToTimeline(page)
    await take(page, 'patient-dark-fr')
  })

  await withStaff(browser, system, { theme: 'light', language: 'fr' }, async (page) => {
    await openPatient(page, patient)
    const link = await shareNewest(page)
    await take(page, 'share')
    const phone = await browser.newContext({
      ...contextFor({ theme: 'light', language: 'fr', phone: true }),
      baseURL: url,
    })
    const theirs = await phone.newPage()
    await theirs.goto(link)
    await take(theirs, 'link-phone-fr')
    await theirs.locator('main form button, form button[type=submit]').last().click()
    await theirs.waitForURL(/\/s\//)
    await take(theirs, 'shared-phone-fr')
    await phone.close()
    const revoke = page.locator('dialog[open] form[action*="revoke"] button[type="submit"]').first()
    await revoke.click()
    await revoke.click() // it is asked for once more
    await page.locator('dialog[open] form[action*="revoke"]').waitFor({ state: 'detached' })
  })

  await withStaff(browser, system, { theme: 'light', language: 'en' }, async (page) => {
    await openPatient(page, patient)
    const patientUrl = page.url()
    await page.locator('article ul button').first().click()
    await page.getByRole('link', { name: 'Compare over time' }).click()
    await page.getByRole('slider', { name: 'Divider between the images' }).waitFor()
    await page.getByRole('button', { name: 'Align automatically' }).click()
    await page.getByText(/^Aligned automatically/).waitFor()
    await take(page, 'compare')
    await page.getByRole('button', { name: 'Share', exact: true }).click()
    await page.getByRole('button', { name: 'By a link' }).click()
    await page.getByRole('button', { name: 'Make the link' }).click()
    const link = await page.getByLabel('Link', { exact: true }).inputValue()
    const phone = await browser.newContext({
      ...contextFor({ theme: 'light', language: 'fr', phone: true }),
      baseURL: url,
    })
    const theirs = await phone.newPage()
    await theirs.goto(link)
    await theirs.locator('main form button, form button[type=submit]').last().click()
    await theirs.waitForURL(/\/s\//)
    await theirs.locator('svg[role="img"]:visible').first().waitFor()
    await take(theirs, 'shared-comparison-fr')
    await phone.close()

    await page.goto(patientUrl)
    await page.locator('article').nth(1).locator('a[href^="/view/"]').click()
    await page.locator('canvas').first().waitFor()
    await page.waitForTimeout(4000)
    await take(page, 'view')

    await openPatient(page, 'Gagné')
    const gagne = page.url()
    await page.goto(`${gagne}/teeth`)
    await page.locator('[data-tooth="16"]').first().click()
    await take(page, 'teeth')
    await page.goto(await withSoftware(page, gagne))
    await page.locator('[data-ai-layer]').waitFor()
    await page.waitForTimeout(2000)
    await take(page, 'software')

    await page.goto(`${patientUrl}/plans`)
    await page.locator('main a[href*="/plans/"]').first().click()
    await page.waitForURL(/\/plans\/[0-9a-f-]+/)
    await take(page, 'plan')
  })

  await withStaff(browser, system, { theme: 'light', language: 'en' }, async (page) => {
    await page.goto('/')
    await take(page, 'today')
    await page.goto('/appointments')
    await take(page, 'appointments')
    await page.goto('/appointments?view=week')
    await take(page, 'week')

    await openPatient(page, 'Gagné')
    await follow(page, 'a[href*="/mounts"]', /\/mounts/)
    await page.locator('main button, main a[href*="/mounts/"]').first().click()
    await page.waitForURL(/\/mounts\/[0-9a-f-]+/)
    await take(page, 'mount')

    await openPatient(page, patient)
    const patientUrl = page.url()
    await follow(page, 'a[href*="/orthodontics"]', /\/orthodontics/)
    await take(page, 'orthodontics')
    await follow(page, 'main a[href*="/mounts/"]', /\/mounts\//)
    await take(page, 'records')
    await page.goto(`${patientUrl}/ceph`)
    await follow(page, 'main a[href*="/ceph/"]:not([href$="/superimpose"])', /\/ceph\/[0-9a-f-]+$/)
    await page.getByRole('tab', { name: 'Analyses' }).click()
    await page.waitForTimeout(1500)
    await take(page, 'ceph')
    await page.goto(`${patientUrl}/ceph/superimpose`)
    await page.waitForTimeout(1500)
    await take(page, 'superimposition')
    await page.goto(patientUrl)
    await follow(page, 'a[href^="/models/"]', /\/models\//)
    await page.locator('canvas').first().waitFor()
    await page.waitForTimeout(4000)
    await take(page, 'models')
  })

  await withStaff(browser, system, { theme: 'dark', language: 'en' }, async (page) => {
    await openPatient(page, patient)
    await follow(page, 'a[href^="/volume/"]', /\/volume\//)
    await page.locator('[data-volume-pane]').first().waitFor()
    await page.waitForTimeout(12_000)
    await take(page, 'volume')

    await openInViewer(page, url, await findInstance(url, demo.token, 'PX'))
    await page.waitForTimeout(1500)
    await take(page, 'viewer-panoramic')
    await openInViewer(page, url, await middleOf(url, demo.token, await findInstance(url, demo.token, 'CT')))
    await page.waitForTimeout(1500)
    await take(page, 'viewer-cbct')
  })

  // last: from here on two patients have one name
  await withStaff(browser, system, { theme: 'light', language: 'en' }, async (page) => {
    await openPatient(page, 'Gagné')
    await page.goto(await twin(page, url, page.url()))
    await take(page, 'merge')
  })
}

function contextFor({ theme, language, phone = false }: Look) {
  return {
    colorScheme: theme,
    locale: `${language}-CA`,
    timezoneId: 'America/Toronto',
    ...(phone
      ? { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
      : { viewport: { width: 1280, height: 800 } }),
  }
}

/** A page on which the demo's dentist is logged in, in a language; the one they had comes back afterwards. */
async function withStaff(
  browser: Browser,
  system: System,
  look: Look,
  work: (page: Page, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ ...contextFor(look), baseURL: system.url })
  const page = await context.newPage()
  const dentist = system.demo.users.find(({ role }) => role === 'dentist')
  if (!dentist) throw new Error('The demo practice has no dentist')
  await page.goto('/login')
  await page.locator('input[name="email"]').fill(dentist.email)
  await page.locator('input[name="password"]').fill(dentist.password)
  await page.locator('button[type="submit"]').last().click()
  await page.waitForURL((url) => !url.pathname.startsWith('/login'))
  const before = await page.locator('html').getAttribute('lang')
  await speak(page, look.language)
  try {
    await work(page, context)
  } finally {
    await page.goto('/')
    if (before === 'en' || before === 'fr') await speak(page, before)
    await context.close()
  }
}

async function speak(page: Page, language: 'en' | 'fr'): Promise<void> {
  if ((await page.locator('html').getAttribute('lang')) === language) return
  await page.locator(`button[name="locale"][value="${language}"]:visible`).click()
  await page.locator(`html[lang="${language}"]`).waitFor()
}

async function openPatient(page: Page, name: string): Promise<void> {
  await page.goto('/?list=all')
  await page.locator('a[data-row]', { hasText: name }).first().click()
  await page.waitForURL(/\/patients\//)
  await page.locator('ol article').first().waitFor()
}

/** Down to the first images of the timeline, with what came before them in sight. */
async function scrollToTimeline(page: Page): Promise<void> {
  const article = await page.locator('ol article').first().boundingBox()
  await page.mouse.wheel(0, (article?.y ?? 0) - 240)
  await page.waitForTimeout(600)
}

type Reported = { findings: { regions: { sopInstanceUid: string }[] }[] }

/** The address of the patient's first image that software has reported on. */
async function withSoftware(page: Page, patientUrl: string): Promise<string> {
  await page.goto(patientUrl)
  const links = await page.locator('article a[href^="/view/"]').all()
  const addresses = await Promise.all(links.map((link) => link.getAttribute('href')))
  for (const address of addresses) {
    if (address === null) continue
    const answer = await page.request.get(`${address}/ai`)
    if (!answer.ok()) continue
    const { results } = (await answer.json()) as { results: Reported[] } // our own endpoint
    const marked = results.flatMap(({ findings }) => findings.flatMap(({ regions }) => regions))[0]
    if (marked) return `${address}?image=${marked.sopInstanceUid}`
  }
  throw new Error('No image of the demo has findings of software')
}

/** Writes the patient down a second time, as a front desk does; the address where the two are merged. */
async function twin(page: Page, url: string, patientUrl: string): Promise<string> {
  const patientId = new URL(patientUrl).pathname.split('/').at(-1) ?? ''
  const asked = await page.request.get(`/appointments/patients?id=${patientId}`)
  const { patient: known } = (await asked.json()) as { patient: Record<string, string | null> }
  const { familyName, givenName, birthDate } = known
  await page.request.post('/appointments?/patient', {
    form: {
      familyName: familyName ?? '',
      givenName: givenName ?? '',
      birthDate: birthDate ?? '',
      phone: '418 555-0199',
    },
    headers: { Origin: url },
  })
  await page.goto(patientUrl)
  const link = page.locator('a[href*="/merge"]').first()
  return new URL((await link.getAttribute('href')) ?? '', page.url()).href
}

/** Goes where the first such link leads. */
async function follow(page: Page, link: string, to: RegExp): Promise<void> {
  await page.goto(new URL((await page.locator(link).first().getAttribute('href')) ?? '', page.url()).href)
  await page.waitForURL(to)
}

/** Makes a link for the patient's newest study, and returns it; the dialog stays open. */
async function shareNewest(page: Page): Promise<string> {
  await page.locator('article a[href^="?share="]').first().click()
  await page.locator('input[name="recipient"]').fill('Élodie Côté')
  await page
    .locator('dialog form button[type="submit"], [role=dialog] form button[type="submit"]')
    .first()
    .click()
  return page.locator('#share-link').inputValue()
}

/** The worker may still be busy with what the demo has just stored. */
async function previewsMade(page: Page): Promise<void> {
  const deadline = Date.now() + 300_000
  for (;;) {
    await page.goto('/')
    const onList = await page.locator('svg[class*="animate-spin"]').count()
    await openPatient(page, patient)
    if (onList + (await page.locator('svg[class*="animate-spin"]').count()) === 0) break
    if (Date.now() > deadline) throw new Error('Some previews are not made within five minutes')
    await page.waitForTimeout(3000)
  }
  await page.goto('/')
}

/** Every picture in view is there: lazy ones further down are not waited for. */
async function picturesLoaded(page: Page): Promise<void> {
  await page.waitForLoadState('load')
  const deadline = Date.now() + 30_000
  // as text, since the project's types know no browser
  const areLoaded = `[...document.images].every((image) => {
    const { top, bottom, left, width } = image.getBoundingClientRect()
    const isInView = width > 0 && bottom > 0 && top < innerHeight && left < innerWidth
    return !isInView || (image.complete && image.naturalWidth > 0)
  })`
  while (!(await page.evaluate<boolean>(areLoaded))) {
    if (Date.now() > deadline) throw new Error(`A picture of ${new URL(page.url()).pathname} does not load`)
    await page.waitForTimeout(100)
  }
  await page.waitForTimeout(400)
}

async function middleOf(
  url: string,
  token: string,
  { study, series }: { study: string; series: string },
): Promise<{ study: string; series: string; instance: string }> {
  const response = await fetch(`${url}/dicom-web/studies/${study}/series/${series}/instances`, {
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/dicom+json' },
  })
  const found = (await response.json()) as Record<string, { Value?: unknown[] }>[] // PS3.18 Annex F
  const instance = found[Math.floor(found.length / 2)]?.['00080018']?.Value?.[0]
  if (typeof instance !== 'string') throw new Error('The series has no instances')
  return { study, series, instance }
}

function realPanoramic(): Promise<Buffer> {
  return readFile(join(root, 'demo', 'files', 'CR-ModalitySequenceLUT.dcm'))
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : 'The pictures could not be taken')
  return 1
})
