import { expect, type Page } from '@playwright/test'

/** Waits until some viewport of OHIF shows an image with this in its address. */
export async function expectShown(page: Page, address: string): Promise<void> {
  await expect
    .poll(
      () =>
        page.evaluate<boolean>(`(globalThis.cornerstone?.getRenderingEngines() ?? [])
          .flatMap((engine) => engine.getViewports())
          .some((viewport) =>
            viewport.viewportStatus === 'rendered' && viewport.getCurrentImageId?.()?.includes('${address}'))`),
      { timeout: 150_000 }, // without a graphics card
    )
    .toBe(true)
}
