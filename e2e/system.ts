import { startSystem, type TestSystem } from '@bitewing/testbed/start-system'
import { test as base, type BrowserContext, type Cookie, type Page } from '@playwright/test'
import { serveForeignViewers, type ForeignViewers } from './clients/serve-foreign-viewers.ts'

type Fixtures = {
  /** A page for the demo practice's dentist, who is logged in; it shows nothing yet. */
  staffPage: Page
}
type WorkerFixtures = {
  /** Two other origins with a page that holds a DICOMweb client; the system lets the first of them in. */
  foreignViewers: ForeignViewers
  /** The whole system, as `npm start` runs it: the demo practice with its people, and no images. */
  system: TestSystem
}

/**
 * Playwright's `test` with a real system, which all tests share: a worker has one, and every spec takes its `test` from
 * here, since a worker of Playwright runs tests of one kind alone.
 */
export const test = base.extend<Fixtures, WorkerFixtures>({
  foreignViewers: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures wanted from the first parameter
    async ({}, use) => {
      const viewers = await serveForeignViewers()
      await use(viewers)
      viewers.close()
    },
    { scope: 'worker' },
  ],
  system: [
    async ({ foreignViewers }, use) => {
      const system = await startSystem({
        demo: 'no-images',
        withoutLargeRenditions: true,
        environment: { CORS_ORIGINS: foreignViewers.allowed },
      })
      await use(system)
      await system.stop()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  baseURL: async ({ system }, use) => use(system.url),
  context: async ({ context }, use) => {
    if (process.env['E2E_RESTLESS']) await neverRest(context)
    if (process.env['E2E_SLOW']) await slowDown(context)
    await use(context)
    await context.unrouteAll({ behavior: 'ignoreErrors' })
  },
  staffPage: async ({ page, system }, use) => {
    await actAs(page, system, 'dentist')
    await use(page)
  },
})

/**
 * Has all of a page's next documents hear of changes several times a second, as in a practice where nobody rests: what
 * somebody does there must outlast that. `E2E_RESTLESS` does it to all tests.
 */
export async function neverRest(page: Pick<Page, 'addInitScript'>): Promise<void> {
  await page.addInitScript(() => {
    globalThis.EventSource = class extends EventSource {
      constructor(url: string | URL, options?: EventSourceInit) {
        super(url, options)
        const timer = setInterval(() => {
          if (this.readyState === EventSource.CLOSED) clearInterval(timer)
          const tell = (type: string, data: unknown) =>
            this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }))
          tell('study', { studyInstanceUid: '1.2.3' })
          for (const what of ['appointments', 'patients', 'plans', 'inbox']) tell('practice', { what })
        }, 300)
      }
    }
  })
}

/** What pages and forms ask for is answered late, each after another while, so that answers overtake each other. */
async function slowDown(context: BrowserContext): Promise<void> {
  const lateMsMax = 900
  await context.route(/__data\.json|\?%2F|\?\/|\/renditions\/|\/dicom-web\//, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * lateMsMax))
    await route.continue()
  })
}

/** Waits until the page's scripts run: keys pressed before that are nobody's. What is pressed or typed is kept. */
export async function ready(page: Page): Promise<void> {
  await page.locator('html[data-ready]').waitFor()
}

/** Keeps the app's scripts from a page, as a slow network does. @returns what lets them come */
export async function holdScripts(page: Page): Promise<() => void> {
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route('**/_app/immutable/**/*.js', async (route) => {
    await held
    await route.continue()
  })
  return release
}

const sessions = new Map<string, Cookie[]>()

/**
 * Lets somebody of the demo practice use a page's context, in place of whoever did: by a session that is opened once
 * for all tests, so that each of them does not go through the form again. Opens no page.
 */
export async function actAs(page: Page, system: TestSystem, role: string): Promise<void> {
  const context = page.context()
  await context.clearCookies()
  await context.addCookies(sessions.get(role) ?? [])
  // a logged-in person has no business at the log-in; a test may have ended all sessions of a user
  const asked = await context.request.get(`${system.url}/login`, { maxRedirects: 0 })
  if (asked.status() === 303) return
  const { email, password } = personOf(system, role)
  const answer = await context.request.post(`${system.url}/login`, {
    form: { email, password },
    headers: { Origin: system.url, Accept: 'text/html' },
    maxRedirects: 0,
  })
  if (answer.status() !== 303) throw new Error(`The log-in of the ${role} answered ${answer.status()}`)
  sessions.set(role, await context.cookies())
}

/** Logs somebody of the demo practice in through the form, and waits for the first page. */
export async function logIn(page: Page, system: TestSystem, role: string): Promise<void> {
  const { email, password } = personOf(system, role)
  await page.goto(`${system.url}/login`)
  await page.locator('input[name="email"]').fill(email)
  await page.locator('input[name="password"]').fill(password)
  await page.locator('button[type="submit"]').click()
  await page.waitForURL((url) => !url.pathname.startsWith('/login'))
}

export function personOf(system: TestSystem, role: string): { email: string; password: string } {
  const user = system.demo.users.find((someone) => someone.role === role)
  if (user === undefined) throw new Error(`The demo practice has no ${role}`)
  return user
}
