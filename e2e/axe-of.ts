import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'

const script = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * axe for a page: `analyze()` tells every violation, with all of its places. A document is given the half megabyte of
 * script once, not at each look, and what is in order stays in the page. Frames, which there are none of, are not looked
 * into. A name that leaves out what is written on a control is a violation too (WCAG 2.5.3), which axe counts as an
 * experiment.
 */
export function axeOf(page: Page): { analyze(): Promise<Pick<AxeResults, 'violations'>> } {
  return {
    async analyze() {
      // as text: this project's types know no browser
      if (!(await page.evaluate<boolean>(`'axe' in globalThis`))) await page.evaluate(`${script};undefined`)
      return page.evaluate<Pick<AxeResults, 'violations'>>(
        `axe.run(document, { resultTypes: ['violations'], rules: { 'label-content-name-mismatch': { enabled: true } } }).then(({ violations }) => ({ violations }))`,
      )
    },
  }
}
