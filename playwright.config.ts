import { chromiumArguments, headlessChromiumPath } from '@bitewing/testbed/chromium'
import { defineConfig, devices } from '@playwright/test'

/** Browser tests. Each worker has a whole system of its own (e2e/system.ts); one at a time suits two cores. */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results/browser',
  workers: 1,
  forbidOnly: process.env['CI'] !== undefined,
  // generous: a slow machine is no reason to fail, and what passes never waits for them
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/browser.json' }]],
  use: {
    ...devices['Desktop Chrome'],
    locale: 'en-CA',
    // it would fetch scripts past the routes of tests; e2e/web/offline.spec.ts lets it
    serviceWorkers: 'block',
    timezoneId: 'America/Toronto',
    // a failure leaves a picture and the page's content (error-context.md); recording every step costs
    // time in all the others: `npm test -- e2e --trace on FILE` where that does not tell enough
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: headlessChromiumPath(), args: [...chromiumArguments] },
  },
})
