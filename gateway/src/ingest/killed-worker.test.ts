import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startChild } from '@bitewing/start/processes/child'
import { projectRoot } from '@bitewing/start/project-root'
import { quickly } from '@bitewing/start/quickly'
import { afterAll, expect, test, vi } from 'vitest'
import { testImage } from '../testing/test-image.ts'
import { startTestIngest } from './start-test-ingest.ts'

const ingest = await startTestIngest({ plugin: true })
afterAll(() => ingest.stop())

function startWorker() {
  return startChild({
    name: 'worker',
    command: process.execPath,
    args: [...quickly, join(projectRoot, 'gateway', 'src', 'worker.ts')],
    env: {
      ...ingest.variables,
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
    },
    cwd: projectRoot,
  })
}

const atLeast = (count: () => Promise<number>, wanted: number) =>
  vi.waitFor(async () => expect(await count()).toBeGreaterThanOrEqual(wanted), {
    timeout: 50_000,
    interval: 20,
  })

test('a worker killed while files and as many duplicates arrive loses none and files none twice', async () => {
  await ingest.pauseIngest()
  const [clinic, other] = [await ingest.practice('clinic'), await ingest.practice('other')]
  const images = Array.from({ length: 24 }, () => testImage())
  const files = images.map(({ file }) => file)
  const uids = images.map(({ instance }) => instance).sort()
  const countOf = (tenantId: string) => async () => (await ingest.rows(tenantId)).length

  let worker = await startWorker()
  const sent = ingest.send(clinic.aeTitle, files).then(() => ingest.send(other.aeTitle, files))
  for (const [tenantId, wanted] of [
    [clinic.id, 5],
    [other.id, 5],
  ] as const) {
    await atLeast(countOf(tenantId), wanted)
    await worker.kill()
    worker = await startWorker()
  }
  expect(await sent).toEqual(files.map(() => 'Success'))
  await atLeast(countOf(clinic.id), 24)
  await atLeast(countOf(other.id), 24)

  for (const practice of [clinic, other]) {
    expect((await ingest.rows(practice.id)).map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(uids)
    expect((await ingest.originals(practice.id)).size).toBe(24)
  }
  await vi.waitFor(
    async () => {
      // a file without its mark is no entry: Orthanc's next start removes it
      const left = (await readdir(ingest.orthanc.spoolDirectory)).filter((name) => name.endsWith('.json'))
      expect(left).toEqual([])
    },
    { timeout: 50_000, interval: 100 },
  )
  await worker.stop()
}, 240_000)
