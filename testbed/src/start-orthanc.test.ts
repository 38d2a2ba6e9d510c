import { readdir } from 'node:fs/promises'
import { afterAll, expect, test } from 'vitest'
import { corpusPath } from './corpus.ts'
import { storescu } from './dcmtk.ts'
import { startOrthanc } from './start-orthanc.ts'

const orthanc = await startOrthanc({ plugin: true })
afterAll(() => orthanc.stop())

const get = (path: string, headers: Record<string, string> = { authorization: orthanc.authorization }) =>
  fetch(`${orthanc.url}${path}`, { headers })

test('its HTTP interface answers nobody without the password', async () => {
  expect((await get('/system', {})).status).toBe(401)
  expect((await get('/system')).status).toBe(200)
})

test('what was sent to it is there again after a restart', async () => {
  const sent = await storescu({
    dicomPort: orthanc.dicomPort,
    calledAeTitle: 'DEMO',
    files: [corpusPath('pixel-format/dx_image.dcm')],
  })
  expect(sent).toMatchObject({ code: 0 })

  await orthanc.pause()
  await orthanc.restart()
  expect(await (await get('/instances')).json()).toHaveLength(1)
})

test('the hook is at work: a second arrival is in the spool before the device gets its answer', async () => {
  const device = { dicomPort: orthanc.dicomPort, files: [corpusPath('pixel-format/dx_image.dcm')] }
  for (const calledAeTitle of ['ONE', 'TWO']) {
    expect(await storescu({ ...device, calledAeTitle })).toMatchObject({ code: 0 })
  }
  const names = await readdir(orthanc.spoolDirectory)
  expect(names.some((name) => name.endsWith('.dcm'))).toBe(true)
})

test('after a kill it starts again on the same ports', async () => {
  await orthanc.kill()
  await expect(get('/system')).rejects.toThrow()
  await orthanc.restart()
  expect((await get('/system')).status).toBe(200)
})
