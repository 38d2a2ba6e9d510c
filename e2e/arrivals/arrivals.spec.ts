import { corpusPath, storescu, type TestSystem } from '@bitewing/testbed'
import { expect } from '@playwright/test'
import { logIn, test } from '../system.ts'

const series = Array.from({ length: 54 }, (_, index) =>
  corpusPath(`dental/ct-head-series/IM${String(index + 1).padStart(3, '0')}.dcm`),
)

type Found = Record<string, { Value?: unknown[] } | undefined>

async function search(system: TestSystem, path: string): Promise<Found[]> {
  const response = await fetch(`${system.url}/dicom-web/${path}`, {
    headers: { Authorization: `Bearer ${system.demo.token}` },
  }).catch(() => null)
  return response?.ok ? ((await response.json()) as Found[]) : []
}

test('an image sent by a device appears on the open page without a reload', async ({ system, staffPage }) => {
  await staffPage.goto(system.url)
  await staffPage.evaluate(() => Object.assign(globalThis, { notReloaded: true }))
  const { code } = await storescu({
    dicomPort: system.dicomPort,
    calledAeTitle: system.demo.aeTitle,
    callingAeTitle: 'PANO-1',
    files: [corpusPath('dental/wrapped/io_periapical_12bit.dcm')],
  })
  expect(code).toBe(0)

  const [study] = await (async () => {
    let found: Found[] = []
    await expect
      .poll(async () => (found = await search(system, 'studies?ModalitiesInStudy=IO')).length)
      .toBe(1)
    return found
  })()
  const name = JSON.stringify(study?.['00100010']?.Value?.[0])
  const family = /"Alphabetic":"([^^"]+)/.exec(name)?.[1] ?? ''
  await expect(staffPage.getByText(family).first()).toBeVisible()
  expect(await staffPage.evaluate(() => 'notReloaded' in globalThis)).toBe(true)
})

// Arrivals are found through the changes feed of the archive with a checkpoint: nothing is lost, nothing comes twice.
test('50 files that arrive while gateway and worker are killed are all there afterwards, once', async ({
  system,
}) => {
  const files = series.slice(0, 50)
  const sending = storescu({
    dicomPort: system.dicomPort,
    calledAeTitle: system.demo.aeTitle,
    files,
  })
  for (const name of ['worker', 'gateway', 'worker']) {
    await new Promise((resolve) => setTimeout(resolve, 400))
    for (const pid of await system.pids(name)) process.kill(pid, 'SIGKILL')
  }
  expect((await sending).code).toBe(0)

  await expect
    .poll(async () => (await search(system, 'instances?Modality=CT&limit=200')).length, { timeout: 45_000 })
    .toBe(50)
  const [study] = await search(system, 'studies?ModalitiesInStudy=CT')
  expect(study?.['00201208']?.Value).toEqual([50])
  // sent again, they are still there once
  expect(
    (await storescu({ dicomPort: system.dicomPort, calledAeTitle: system.demo.aeTitle, files })).code,
  ).toBe(0)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(await search(system, 'instances?Modality=CT&limit=200')).toHaveLength(50)
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

  await logIn(page, system, 'operator')
  await expect
    .poll(async () => {
      await page.goto(`${system.url}/quarantine`)
      return page.getByText('NOBODY').count()
    })
    .toBeGreaterThan(0)
  await expect(page.getByText('CEPH-ROOM').first()).toBeVisible()
  // no patient data for the operator
  expect(await page.locator('body').innerText()).not.toContain('Tremblay')
  expect(await search(system, 'studies?ModalitiesInStudy=DX')).toHaveLength(0)

  await page.getByRole('combobox').selectOption({ index: 1 })
  await page.getByRole('combobox').locator('xpath=ancestor::form').getByRole('button').click()
  await page.getByRole('dialog').locator('form').getByRole('button').last().click()
  await expect(page.getByText('CEPH-ROOM')).toHaveCount(0)
  await expect.poll(async () => (await search(system, 'studies?ModalitiesInStudy=DX')).length).toBe(1)
})
