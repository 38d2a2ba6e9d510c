import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { demoInstances } from '@bitewing/demo'
import { corpusPath } from '@bitewing/testbed/corpus'
import { dcmtk } from '@bitewing/testbed/dcmtk'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import { expect as expectSoon } from '@playwright/test'
import { test } from '../system.ts'
import { dicomFile, newUid, store } from '../web/dicom-file.ts'
import { comparePictures } from './compare-pictures.ts'
import { expectShown } from './expect-shown.ts'
import { retrieveInstance } from './find-instance.ts'
import { readViewport } from './read-viewport.ts'
import { renderWithDcmtk } from './render-with-dcmtk.ts'
import { storeFiles } from './store-files.ts'
import { identifiersOf } from './identifiers-of.ts'
import { watchForTrespass } from './watch-for-trespass.ts'

const expect = expectSoon.configure({ timeout: 90_000 }) // without a graphics card
test.use({ viewport: { width: 1280, height: 640 } }) // narrower, its list leaves the modality out

/** Each is a series of one study, so that OHIF, which takes long to start here, is opened once. */
const kinds = [
  { name: 'a slice of a CT series', original: corpusPath('dental/ct-head-series/IM027.dcm') },
  // This panoramic has a Modality LUT Sequence, which OHIF does not apply: the stored values are compared.
  { name: 'a panoramic', original: corpusPath('dental/real/CR-ModalitySequenceLUT.dcm'), modalityLut: false },
  { name: 'an intraoral image', original: corpusPath('dental/wrapped/io_periapical_12bit.dcm') },
  // Its decoder is the one that needs the worker's own Content-Security-Policy.
  {
    name: 'an intraoral image in JPEG-LS',
    original: corpusPath('dental/wrapped/io_bitewing_8bit_jpegls.dcm'),
  },
  { name: 'a colour photograph', original: corpusPath('dental/wrapped/photo_intraoral_jpeg.dcm') },
  // The demo practice's images are computed, and none of them comes from the corpus.
  { name: 'the demo practice’s panoramic', original: null },
]

// The right picture reaches 0.9996 and a difference of 0.7 grey levels; the next slice of the same series
// 0.969 and 3.4, another image of the same kind 0.63, any other 0.32.
test('a link in French to the study list: a name is found by a part of it, and each series of the study shows what DCMTK makes of it', async ({
  system,
  staffPage: page,
}) => {
  test.setTimeout(600_000)
  const trespasses = watchForTrespass(page, system.url)
  const folder = await temporaryFolder('kinds')
  const study = newUid()
  const patient = 'Gingras^Rose-Aimée'
  const series = await Promise.all(
    kinds.map(async ({ name, original, modalityLut = true }, index) => {
      const file = path.join(folder.path, `${index}.dcm`)
      if (original === null) await writeFile(file, await demoPanoramic())
      else await copyFile(original, file)
      await chmod(file, 0o644)
      const changes = [
        ['(0020,000D)', study],
        ['(0020,000E)', `${study}.${index}`],
        ['(0008,0018)', `${study}.${index}.1`],
        ['(0020,0011)', String(index + 1)],
        ['(0008,0005)', 'ISO_IR 192'],
        ['(0010,0010)', patient],
        ['(0010,0020)', 'EACH-KIND'],
      ].flatMap(([tag = '', value = '']) => ['--insert', `${tag}=${value}`])
      const { code, stderr } = await dcmtk('dcmodify', ['--no-backup', '--ignore-errors', ...changes, file])
      if (code !== 0) throw new Error(`dcmodify: ${stderr}`)
      return { name, file, picture: await renderWithDcmtk(file, { modalityLut }) }
    }),
  )
  await storeFiles(
    system.url,
    system.demo.token,
    series.map(({ file }) => file),
  )
  await store(system.url, system.demo.token, [
    dicomFile({ patientName: 'Bolduc^Guy', patientId: 'NOT-SHOWN' }),
  ])
  const panoramic = await identifiersOf(series.at(-1)?.file ?? '')
  expectSoon(await retrieveInstance(system.url, system.demo.token, panoramic)).toEqual(
    await readFile(series.at(-1)?.file ?? ''),
  )

  // The practice app lists studies, so our settings leave OHIF's own list out; here it is wanted.
  await page.route('**/viewer/app-config.js', async (route) => {
    const response = await route.fetch()
    const text = (await response.text()).replace('"showStudyList": false', '"showStudyList": true')
    await route.fulfill({ response, body: text.replace(/"routeName": \{[^}]*\}/, '') })
  })
  await page.route(`${system.url}/viewer/?lng=fr`, async (route) => {
    const response = await route.fetch({ url: `${system.url}/viewer/?StudyInstanceUIDs=1&lng=fr` })
    await route.fulfill({ response })
  })
  // the tour for newcomers would lie over what is pressed below
  await page.addInitScript(`localStorage.setItem('shownTours', '["basicViewerTour"]')`)
  await page.goto(`${system.url}/viewer/?lng=fr`)
  const row = (name: RegExp) => page.getByRole('row', { name })
  const nameField = page.locator('table input').first()
  await nameField.fill('bolduc')
  await expect(row(/Bolduc, Guy/)).toBeVisible()
  await expect(row(/Gingras/)).toBeHidden()
  const searched = page.waitForRequest((request) =>
    decodeURIComponent(request.url()).includes(`PatientName=*gingr*`),
  )
  await nameField.fill('gingr')
  await searched
  await expect(row(/Gingras, Rose-Aimée/)).toContainText('XC')
  await expect(row(/Bolduc/)).toBeHidden()
  await row(/Gingras, Rose-Aimée/).dblclick()
  await expectShown(page, `/studies/${study}/`)
  await expect(page.getByText('Études', { exact: true }).first()).toBeVisible()

  const thumbnails = page.locator('[data-cy="study-browser-thumbnail"]')
  await expect(thumbnails).toHaveCount(kinds.length)
  for (const [index, { name, picture }] of series.entries()) {
    await thumbnails.filter({ hasText: `S:${index + 1}` }).dblclick()
    await expectShown(page, `/series/${study}.${index}/`)
    await expect
      .poll(async () => comparePictures(await readViewport(page), picture).correlation, { message: name })
      .toBeGreaterThan(0.995)
    const viewport = await readViewport(page)
    expectSoon(comparePictures(viewport, picture).meanAbsoluteDifference, name).toBeLessThan(2)
    for (const other of series.filter((each) => each.name !== name))
      expectSoon(comparePictures(viewport, other.picture).correlation, other.name).toBeLessThan(0.8)
  }
  expectSoon(trespasses).toEqual([])
  await folder.remove()
})

async function demoPanoramic(): Promise<Uint8Array> {
  for await (const { bytes } of demoInstances({ only: { patients: ['tremblay'], kinds: ['panoramic'] } }))
    return bytes
  throw new Error('The demo practice has no panoramic')
}

test('without a session the viewer shows no study but the way to sign in', async ({ system, page }) => {
  await page.goto(`${system.url}/viewer?StudyInstanceUIDs=1.2.3`)

  await page.waitForURL((address) => address.pathname === '/login')
  expectSoon(new URL(page.url()).searchParams.get('next')).toBe(`/viewer?StudyInstanceUIDs=1.2.3`)
})
