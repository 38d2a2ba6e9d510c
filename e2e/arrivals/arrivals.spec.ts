import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { corpusPath } from '@bitewing/testbed/corpus'
import { storescu } from '@bitewing/testbed/dcmtk'
import type { TestSystem } from '@bitewing/testbed/start-system'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import { expect } from '@playwright/test'
import { actAs, holdScripts, ready, test } from '../system.ts'
import { dicomFile, newUid } from '../web/dicom-file.ts'

type Found = Record<string, { Value?: unknown[] } | undefined>

async function search(system: TestSystem, path: string): Promise<Found[]> {
  const response = await fetch(`${system.url}/dicom-web/${path}`, {
    headers: { Authorization: `Bearer ${system.demo.token}` },
  }).catch(() => null)
  return response?.ok ? ((await response.json()) as Found[]) : []
}

test('an image sent by a device appears on the open page without a reload', async ({ system, staffPage }) => {
  await staffPage.goto('/')
  await ready(staffPage)
  await staffPage.evaluate(() => Object.assign(globalThis, { notReloaded: true }))
  const { code } = await storescu({
    dicomPort: system.dicomPort,
    calledAeTitle: system.demo.aeTitle,
    callingAeTitle: 'PANO-1',
    files: [corpusPath('dental/wrapped/io_periapical_12bit.dcm')],
  })
  expect(code).toBe(0)

  await expect(staffPage.getByText('Bélanger-Côté').first()).toBeVisible()
  expect(await staffPage.evaluate(() => 'notReloaded' in globalThis)).toBe(true)
})

// Arrivals are found through the changes feed of the archive with a checkpoint: nothing is lost, nothing comes twice.
test('50 files that arrive while gateway and worker are killed are all there afterwards, once', async ({
  system,
}) => {
  const folder = await temporaryFolder('arrivals')
  const [studyInstanceUid, seriesInstanceUid] = [newUid(), newUid()]
  const write = async (number: number) => {
    const image = {
      patientName: 'Fortin^Jules',
      patientId: 'C-1',
      studyInstanceUid,
      seriesInstanceUid,
      number,
    }
    const file = path.join(folder.path, `${number}.dcm`)
    await writeFile(file, dicomFile(image).buffer)
    return file
  }
  const files = await Promise.all(Array.from({ length: 50 }, (_, index) => write(index + 1)))
  const send = (sent: readonly string[]) =>
    storescu({ dicomPort: system.dicomPort, calledAeTitle: system.demo.aeTitle, files: sent })
  const instances = () => search(system, `studies/${studyInstanceUid}/instances?limit=200`)

  const sending = send(files)
  for (const name of ['worker', 'gateway', 'worker']) {
    await new Promise((resolve) => setTimeout(resolve, 400)) // in the middle of it
    for (const pid of await system.pids(name)) process.kill(pid, 'SIGKILL')
  }
  expect((await sending).code).toBe(0)

  const whole = { timeout: 120_000 } // after a crash what ran is tried again a while later
  await expect.poll(async () => (await instances()).length, whole).toBe(50)
  const [study] = await search(system, `studies?StudyInstanceUID=${studyInstanceUid}`)
  expect(study?.['00201208']?.Value).toEqual([50])
  // sent again they are still there once: when the one that is sent after them has come, they have been seen
  expect((await send([...files, await write(51)])).code).toBe(0)
  await expect.poll(async () => (await instances()).length, whole).toBe(51)
  await folder.remove()
})

test('what comes under an unknown AE title waits in quarantine until an operator gives it to a practice', async ({
  system,
  page,
}) => {
  const file = corpusPath('dental/wrapped/ceph_lateral_8bit.dcm')
  const sent = await storescu({
    dicomPort: system.dicomPort,
    calledAeTitle: 'NOBODY',
    callingAeTitle: 'CEPH-ROOM',
    files: [file],
  })
  expect(sent.code).toBe(0)

  await actAs(page, system, 'operator')
  await expect
    .poll(async () => {
      await page.goto(`${system.url}/quarantine`)
      return page.getByText('NOBODY').count()
    })
    .toBeGreaterThan(0)
  await expect(page.getByText('CEPH-ROOM').first()).toBeVisible()
  // no patient data for the operator
  expect(await page.locator('body').innerText()).not.toContain('Tremblay')
  expect(await search(system, 'studies?PatientName=Tremblay*&ModalitiesInStudy=DX')).toHaveLength(0)

  // chosen and pressed on a slow network, before the page's scripts have come
  const release = await holdScripts(page)
  await page.goto('/quarantine', { waitUntil: 'commit' })
  await page.getByRole('combobox').selectOption({ index: 1 })
  await page.getByRole('button', { name: 'Attribuer' }).click()
  release()
  await page.getByRole('dialog').locator('form').getByRole('button').last().click()
  await expect(page.getByText('CEPH-ROOM')).toHaveCount(0)
  const found = () => search(system, 'studies?PatientName=Tremblay*&ModalitiesInStudy=DX')
  await expect.poll(async () => (await found()).length).toBe(1)
})
