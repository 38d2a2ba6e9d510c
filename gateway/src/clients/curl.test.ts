import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { testImage } from '../testing/test-image.ts'

/* Every example of the conformance statement, run as it stands there. */

const run = promisify(execFile)
const statement = await readFile(
  fileURLToPath(new URL('../../../docs/dicom-conformance.md', import.meta.url)),
  'utf8',
)
const examples = [...statement.matchAll(/```sh\n([^]*?)```\n\n→ (\d+)(?: `([^`]+)`)?/g)].map(
  ([, script = '', status = '', type]) => ({ script, status, type }),
)

let gateway: TestGateway
let folder: TemporaryFolder
let environment: Record<string, string>
const image = testImage({ side: 64 })

beforeAll(async () => {
  gateway = await startTestGateway()
  folder = await temporaryFolder('curl')
  const token = await (await gateway.practice('north')).token(['read', 'write', 'delete'])
  await writeFile(join(folder.path, 'image.dcm'), image.file)
  // says of each answer what it was, without a word in the example
  await writeFile(
    join(folder.path, '.curlrc'),
    'silent\nwrite-out = "%{stderr}%{http_code} %{content_type}\\n"\n',
  )
  environment = {
    PATH: process.env['PATH'] ?? '',
    CURL_HOME: folder.path,
    URL: `${await gateway.serve()}/dicom-web`,
    TOKEN: token,
    STUDY: image.study,
    SERIES: image.series,
    INSTANCE: image.instance,
  }
})
afterAll(async () => {
  await gateway.stop()
  await folder.remove()
})

test('no example stands there without what it answers', () => {
  expect(examples.length).toBe(statement.split('```sh').length - 1)
  expect(examples.length).toBeGreaterThan(15)
})

test.each(examples)('$script', async ({ script, status, type }) => {
  const { stdout, stderr } = await run('sh', ['-euc', script], { cwd: folder.path, env: environment })
  const [, answered, contentType = ''] = /(\d{3}) ?(.*)\s*$/.exec(stderr) ?? []
  expect([answered, contentType.split(';')[0]], stdout.slice(0, 500)).toEqual([status, type ?? ''])
  if (script.includes('original') || script.includes('transfer-syntax=*')) {
    const [, file = ''] = /-o (\S+)/.exec(script) ?? []
    expect((await readFile(join(folder.path, file))).equals(image.file)).toBe(true)
  }
  if (script.includes('PatientName')) expect(JSON.parse(stdout)).toHaveLength(1)
})
