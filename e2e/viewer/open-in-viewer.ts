import type { Page } from '@playwright/test'
import type { InstanceIdentifiers } from './find-instance.ts'
import { readViewport } from './read-viewport.ts'

/**
 * Opens one instance of a study in OHIF and waits until its picture stands still in the viewport.
 *
 * @param url address of the system, without a slash at the end
 * @param instance what to show; OHIF opens a series at this instance
 * @throws when the picture has not come within `timeoutMs`
 */
export async function openInViewer(
  page: Page,
  url: string,
  instance: InstanceIdentifiers,
  { timeoutMs = 60_000 } = {},
): Promise<void> {
  const query = new URLSearchParams({
    StudyInstanceUIDs: instance.study,
    initialSeriesInstanceUID: instance.series,
    initialSOPInstanceUID: instance.instance,
  })
  await page.goto(`${url}/viewer?${query.toString()}`)
  const deadline = Date.now() + timeoutMs
  const isShown = instanceIsShown(instance.instance)
  while (!(await page.evaluate<boolean>(isShown))) {
    if (new URL(page.url()).pathname.endsWith('/notfoundstudy')) throw new Error('OHIF found no such study')
    if (Date.now() > deadline) throw new Error(`OHIF has not shown the instance within ${timeoutMs} ms`)
    await page.waitForTimeout(100)
  }

  // The first rendering may be of an image that is still arriving, or of a viewport that still grows.
  let before = await readViewport(page)
  for (;;) {
    await page.waitForTimeout(300)
    const now = await readViewport(page)
    const still = now.width === before.width && Buffer.compare(now.samples, before.samples) === 0
    if (still && new Set(now.samples).size > 1) return
    if (Date.now() > deadline) throw new Error(`OHIF's picture has not come to rest within ${timeoutMs} ms`)
    before = now
  }
}

/** Runs in the page; as text, since the project's types know no browser. OHIF names its library globally. */
function instanceIsShown(sopInstanceUid: string): string {
  return `(globalThis.cornerstone?.getRenderingEngines() ?? [])
    .flatMap((engine) => engine.getViewports())
    .some((viewport) =>
      viewport.viewportStatus === 'rendered' &&
      viewport.getCurrentImageId?.()?.includes('/instances/${sopInstanceUid}/'))`
}
