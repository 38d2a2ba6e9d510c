import { expect, type Page } from '@playwright/test'
import { axeOf } from './axe-of.ts'

/** No faults that axe can find, and no page that scrolls sideways. @param where for the message */
export async function expectNoFaults(page: Page, where: string): Promise<void> {
  const { violations } = await axeOf(page).analyze()
  expect(
    violations.map(
      ({ id, nodes }) => `${where}: ${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    ),
  ).toEqual([])
  // as text: this project's types know no browser
  expect(
    await page.evaluate<boolean>(
      `document.documentElement.scrollWidth > document.documentElement.clientWidth`,
    ),
    `${where} scrolls sideways`,
  ).toBe(false)
}
