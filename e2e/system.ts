import { startSystem, type TestSystem } from '@bitewing/testbed'
import { test as base, type Page } from '@playwright/test'

type Fixtures = {
  /** A page on which the demo practice's dentist is logged in. */
  staffPage: Page
}
type WorkerFixtures = {
  /** The whole system, as `npm start` runs it: the demo practice with its people, and no images. */
  system: TestSystem
}

/** Playwright's `test` with a real system; one per worker, which all its tests share. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  system: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures wanted from the first parameter
    async ({}, use) => {
      const system = await startSystem({ demo: 'no-images' })
      await use(system)
      await system.stop()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  baseURL: async ({ system }, use) => use(system.url),
  staffPage: async ({ page, system }, use) => {
    await logIn(page, system, 'dentist')
    await use(page)
  },
})

/** Waits until the page's scripts run: keys pressed before that are nobody's. Buttons keep a press by themselves. */
export async function ready(page: Page): Promise<void> {
  await page.locator('html[data-ready]').waitFor()
}

/** Logs somebody of the demo practice in, through the form, and waits for the first page. */
export async function logIn(page: Page, system: TestSystem, role: string): Promise<void> {
  const user = system.demo.users.find((someone) => someone.role === role)
  if (user === undefined) throw new Error(`The demo practice has no ${role}`)
  await page.goto(`${system.url}/login`)
  await page.locator('input[name="email"]').fill(user.email)
  await page.locator('input[name="password"]').fill(user.password)
  await page.locator('button[type="submit"]').click()
  await page.waitForURL((url) => !url.pathname.startsWith('/login'))
}
