import { expect, type Page } from '@playwright/test'

/** Shows a page in a theme, and waits until all of its colours have followed, which is a moment later. */
export async function showIn(page: Page, colorScheme: 'light' | 'dark', width: number): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  await page.setViewportSize({ width, height: 844 })
  await expect(page.locator('html')).toHaveClass(new RegExp(`\\b${colorScheme}\\b`))
  // as text: this project's types know no browser; what inherits a colour begins to follow when that around it has
  await page.evaluate(`(async () => {
    const frame = () => new Promise(requestAnimationFrame)
    const running = () => document.getAnimations().filter((each) => each instanceof CSSTransition)
    for (await frame(), await frame(); running().length > 0; await frame(), await frame())
      await Promise.allSettled(running().map(({ finished }) => finished))
  })()`)
}
