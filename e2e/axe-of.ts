import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/**
 * axe for a page: `analyze()` tells every violation, with all of its places. Of what is in order it names one place for
 * each rule, which takes two fifths off its time on a page with a long table. Legacy: without a page of its own to
 * gather the results of frames, which there are none of.
 */
export function axeOf(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
}
