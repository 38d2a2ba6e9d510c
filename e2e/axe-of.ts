import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/**
 * axe for a page: `analyze()` tells every violation, with all of its places. Of what is in order it names one place for
 * each rule, which takes two fifths off its time on a page with a long table.
 */
export function axeOf(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
}
