import type { Page } from '@playwright/test'
import { comparePictures, type Likeness } from './compare-pictures.ts'
import { readViewport } from './read-viewport.ts'
import { renderWithDcmtk } from './render-with-dcmtk.ts'

/**
 * How much the picture in OHIF's viewport is like DCMTK's rendering of a file.
 *
 * @param page OHIF as `openInViewer` leaves it
 * @param dicomFile the file that it should show, or another to see that the comparison can tell
 */
export async function compareCanvasWithDcmtk(
  page: Page,
  dicomFile: string,
  options?: { modalityLut?: boolean },
): Promise<Likeness> {
  return comparePictures(await readViewport(page), await renderWithDcmtk(dicomFile, options))
}
