import type { Page } from '@playwright/test'

/**
 * Collects what a page does that its Content-Security-Policy forbids, and every request of it that
 * leaves the origin.
 *
 * @returns a list that grows while the page works; empty is good
 */
export function watchForTrespass(page: Page, url: string): readonly string[] {
  const trespasses: string[] = []
  const { origin } = new URL(url)
  page.on('console', (message) => {
    // The browser reports violations of pages and of workers here.
    if (/Content Security Policy/i.test(message.text())) trespasses.push(message.text())
  })
  page.on('request', (request) => {
    const asked = new URL(request.url())
    if (/^(https?|wss?):$/.test(asked.protocol) && asked.origin !== origin) trespasses.push(request.url())
  })
  return trespasses
}
