import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { demoInstances } from '@bitewing/demo'
import { corpusPath } from '@bitewing/testbed/corpus'
import { dcmtk } from '@bitewing/testbed/dcmtk'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import { expect } from '@playwright/test'
import { test } from '../system.ts'
import { compareCanvasWithDcmtk } from './compare-canvas-with-dcmtk.ts'
import { comparePictures } from './compare-pictures.ts'
import { findInstance, retrieveInstance } from './find-instance.ts'
import { openInViewer } from './open-in-viewer.ts'
import type { Picture } from './picture.ts'
import { readViewport } from './read-viewport.ts'
import { renderWithDcmtk } from './render-with-dcmtk.ts'
import { storeFiles } from './store-files.ts'
import { watchForTrespass } from './watch-for-trespass.ts'

const ctSlices = Array.from({ length: 54 }, (_, index) => {
  return corpusPath(`dental/ct-head-series/IM${String(index + 1).padStart(3, '0')}.dcm`)
})
const ctSlice = corpusPath('dental/ct-head-series/IM027.dcm')
const ctNeighbour = corpusPath('dental/ct-head-series/IM028.dcm')

/** What is opened: `shown` is the instance that must be on the canvas, `stored` its whole study. */
const studies = [
  { name: 'a slice of a CT series', shown: ctSlice, stored: ctSlices },
  // This panoramic has a Modality LUT Sequence, which OHIF does not apply: the stored values are compared.
  { name: 'a panoramic', shown: corpusPath('dental/real/CR-ModalitySequenceLUT.dcm'), modalityLut: false },
  { name: 'an intraoral image', shown: corpusPath('dental/wrapped/io_periapical_12bit.dcm') },
  // Its decoder is the one that needs the worker's own Content-Security-Policy.
  { name: 'an intraoral image in JPEG-LS', shown: corpusPath('dental/wrapped/io_bitewing_8bit_jpegls.dcm') },
  { name: 'a colour photograph', shown: corpusPath('dental/wrapped/photo_intraoral_jpeg.dcm') },
]

const renderings = new Map<string, Promise<Picture>>()

/** DCMTK's rendering, made once for all tests. */
function rendering(file: string): Promise<Picture> {
  const modalityLut = studies.find(({ shown }) => shown === file)?.modalityLut ?? true
  const made = renderings.get(file) ?? renderWithDcmtk(file, { modalityLut })
  renderings.set(file, made)
  return made
}

async function identifiers(file: string) {
  const names = ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID']
  const { stdout } = await dcmtk('dcmdump', [...names.flatMap((name) => ['--search', name]), file])
  const uid = (name: string) => new RegExp(`\\[([0-9.]+)\\].*${name}`).exec(stdout)?.[1] ?? ''
  return { study: uid('StudyInstanceUID'), series: uid('SeriesInstanceUID'), instance: uid('SOPInstanceUID') }
}

// The right picture reaches 0.9996 and a difference of 0.7 grey levels; the next slice of the same series
// 0.969 and 3.4, another image of the same kind 0.63, any other 0.32.
for (const { name, shown, stored = [shown] } of studies) {
  test(`the viewer shows ${name} as DCMTK renders it, and nothing else`, async ({ system, staffPage }) => {
    test.setTimeout(120_000) // without a graphics card
    const trespasses = watchForTrespass(staffPage, system.url)
    await storeFiles(system.url, system.demo.token, stored)

    await openInViewer(staffPage, system.url, await identifiers(shown))
    const viewport = await readViewport(staffPage)

    const right = comparePictures(viewport, await rendering(shown))
    expect(right.correlation).toBeGreaterThan(0.995)
    expect(right.meanAbsoluteDifference).toBeLessThan(2)
    for (const other of studies.filter((study) => study.shown !== shown)) {
      const wrong = comparePictures(viewport, await rendering(other.shown))
      expect(wrong.correlation, other.name).toBeLessThan(0.8)
    }
    if (shown === ctSlice) {
      const neighbour = comparePictures(viewport, await rendering(ctNeighbour))
      expect(neighbour.correlation).toBeLessThan(0.99)
    }
    expect(trespasses).toEqual([])
  })
}

// The demo practice's images are computed, and none of them comes from the corpus.
test('the viewer shows the demo practice’s panoramic as DCMTK renders it', async ({ system, staffPage }) => {
  test.setTimeout(120_000)
  const trespasses = watchForTrespass(staffPage, system.url)
  const folder = await temporaryFolder('panoramic')
  const file = path.join(folder.path, 'panoramic.dcm')
  for await (const { bytes } of demoInstances({ only: { patients: ['tremblay'], kinds: ['panoramic'] } })) {
    await writeFile(file, bytes)
  }
  await storeFiles(system.url, system.demo.token, [file])
  const panoramic = await findInstance(system.url, system.demo.token, 'PX')
  expect(await retrieveInstance(system.url, system.demo.token, panoramic)).toEqual(await readFile(file))

  await openInViewer(staffPage, system.url, panoramic)
  const likeness = await compareCanvasWithDcmtk(staffPage, file)

  expect(likeness.correlation).toBeGreaterThan(0.995)
  expect(likeness.meanAbsoluteDifference).toBeLessThan(2)
  expect((await compareCanvasWithDcmtk(staffPage, ctSlice)).correlation).toBeLessThan(0.8)
  expect(trespasses).toEqual([])
  await folder.remove()
})

test('without a session the viewer shows no study but the way to sign in', async ({ system, page }) => {
  await storeFiles(system.url, system.demo.token, [ctSlice])
  const { study } = await identifiers(ctSlice)

  await page.goto(`${system.url}/viewer?StudyInstanceUIDs=${study}`)

  await page.waitForURL((address) => address.pathname === '/login')
  expect(new URL(page.url()).searchParams.get('next')).toBe(`/viewer?StudyInstanceUIDs=${study}`)
})

test('a link in French opens the viewer in French', async ({ system, staffPage }) => {
  const photograph = corpusPath('dental/wrapped/photo_intraoral_jpeg.dcm')
  await storeFiles(system.url, system.demo.token, [photograph])

  const { study } = await identifiers(photograph)
  await staffPage.goto(`${system.url}/viewer/?StudyInstanceUIDs=${study}&lng=fr`)

  await expect(staffPage.getByText('Études', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
})
