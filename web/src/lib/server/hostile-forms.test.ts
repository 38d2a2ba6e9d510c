import { randomBytes, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closeDatabase, connectDatabase, createTenant, createUser, withTenant } from '@bitewing/db'
import { patients } from '@bitewing/db/schema'
import { startPostgres } from '@bitewing/testbed'
import { isActionFailure, isHttpError, isRedirect } from '@sveltejs/kit'
import { afterAll, expect, test } from 'vitest'
import { closePorts, ports } from './compose.ts'
import { refuseUnreadable } from './refuse-unreadable.ts'

const cluster = await startPostgres()
const database = await cluster.createDatabase()
process.env['DATABASE_URL'] = database.appUrl
process.env['PUBLIC_URL'] = 'http://practice.test'
process.env['ACCOUNT_KEY'] = randomBytes(32).toString('base64')
const owner = connectDatabase(database.ownerUrl, 1)
const { id: tenantId } = await createTenant(owner, {
  slug: 'hostile',
  name: 'Hostile',
  aeTitle: 'HOSTILE',
  wrapDataKey: () => randomBytes(60),
})
const { id: userId } = await createUser(owner, {
  email: 'owner@example.test',
  name: 'Owner',
  password: 'a long enough password',
  isOperator: true,
  membership: { tenantId, role: 'owner' },
})
await closeDatabase(owner)
afterAll(async () => {
  await closePorts()
  await database.drop()
  await cluster.stop()
})
const [patient] = await withTenant(ports().db, tenantId, (tx) =>
  tx
    .insert(patients)
    .values({ tenantId, familyName: 'Roy', givenName: '', nameFold: 'roy' })
    .returning({ id: patients.id }),
)
const patientId = patient?.id ?? ''
const { cookie } = await ports().sessions.open(userId)
const session = (await ports().sessions.read(cookie.value))?.session ?? null

type Handler = (event: unknown) => unknown
const folder = fileURLToPath(new URL('../../routes', import.meta.url))
const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && /^\+(page\.)?server\.ts$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  // log-in counts failures and locks, and logging out ends what is asked with
  .filter((file) => !/^(login|logout|language|practice)/.test(file))

const long = 'é'.repeat(500_000)
const texts = [
  '',
  'a',
  'NUL \0 here',
  '\ud800 half',
  long,
  '-1',
  '0',
  '1e400',
  '2024-02-30',
  '9999999999999',
  '{',
  'null',
  '[]',
]
const jsons = [
  '{"version":0,"content":{"title":"\\u0000"}}',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  '{"__proto__":{"a":1}}',
  `{"id":null,"version":1,"title":"\\ud800","mode":"side","images":[]}`,
  '{"a":1e999,"version":-1,"images":"no"}',
]

/** Draws the same for the same seed. */
function drawer(seed: number) {
  let state = seed
  return <T>(from: readonly T[]): T => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const one = from[Math.floor((state / 2 ** 32) * from.length)]
    if (one === undefined) throw new Error('nothing to draw from')
    return one
  }
}

/** Names of fields as a route's source and what it shares with others write them. */
async function fieldsOf(file: string): Promise<string[]> {
  const text = await readFile(join(folder, file), 'utf8')
  const library = /patientActions/.test(text)
    ? 'patient-actions.ts'
    : /comparisonActions/.test(text)
      ? 'comparison-actions.ts'
      : null
  const shared = library === null ? '' : await readFile(new URL(library, import.meta.url), 'utf8')
  const found = (text + shared).matchAll(/get(?:All)?\('(\w+)'\)|^\s+(\w+): (?:z\.|[a-z]\w*[,.(])/gm)
  return [
    ...new Set([...found].map(([, read, parsed]) => read ?? parsed ?? '').filter((name) => name !== '')),
  ]
}

function bodyOf(kind: string, fields: readonly string[], draw: ReturnType<typeof drawer>): RequestInit {
  if (kind === 'plain') return { body: 'a=b', headers: { 'Content-Type': 'text/plain' } }
  if (kind === 'broken')
    return { body: '--x\r\n', headers: { 'Content-Type': 'multipart/form-data; boundary=x' } }
  const value = () =>
    draw([
      patientId,
      randomUUID(),
      draw(texts),
      draw(jsons),
      'true',
      '2026-11-21',
      '30',
      'a@example.test',
      '1.2.3',
    ])
  const chosen = fields.filter(() => draw([true, true, true, false]))
  if (kind === 'json') {
    const said = Object.fromEntries(
      chosen.map((name) => [name, draw([value(), [value()], null, 7, { [name]: value() }])]),
    )
    return {
      body: draw([JSON.stringify(said), ...jsons, 'no', '']),
      headers: { 'Content-Type': 'application/json' },
    }
  }
  const form = new FormData()
  for (const name of chosen) {
    form.append(name, draw([false, false, false, true]) ? new File([value()], 'a\0.csv') : value())
    if (draw([true, false, false])) form.append(name, value()) // twice, where one is meant
  }
  return { body: form }
}

async function ask(handler: Handler, body: RequestInit): Promise<number | string> {
  const url = new URL('http://practice.test/x')
  const request = new Request(url, { method: 'POST', ...body })
  refuseUnreadable(request)
  const id = {
    id: patientId,
    caseId: randomUUID(),
    versionId: randomUUID(),
    mountId: randomUUID(),
    tracingId: randomUUID(),
  }
  try {
    const answer = await handler({
      url,
      params: { ...id, uid: '1.2.3.4', token: 'none', shareId: randomUUID() },
      request,
      locals: { requestId: '', address: '192.0.2.1', locale: 'en', session, sessionCookie: cookie.value },
      cookies: { get: () => undefined, set: () => undefined, delete: () => undefined },
      depends: () => undefined,
      setHeaders: () => undefined,
    })
    return answer instanceof Response || isActionFailure(answer) ? answer.status : 200
  } catch (thrown) {
    if (isRedirect(thrown) || isHttpError(thrown)) return thrown.status
    return thrown instanceof Error
      ? `${thrown.message.slice(0, 200)} ${String(thrown.cause).slice(0, 200)}`
      : 'thrown'
  }
}

test('no form and no JSON, however broken, is an error of ours', async () => {
  let asked = 0
  for (const [index, file] of files.entries()) {
    const module = (await import(join(folder, file))) as Record<string, unknown> // its own types are by name
    const actions = Object.entries({ ...(module['actions'] as object | undefined), ...module })
    const handlers = actions.filter(
      (entry): entry is [string, Handler] =>
        typeof entry[1] === 'function' && !['load', 'GET', 'end'].includes(entry[0]),
    )
    const fields = await fieldsOf(file)
    for (const [name, handler] of handlers) {
      const draw = drawer(index + 1)
      const kinds = file.endsWith('+server.ts')
        ? ['json', 'json', 'json', 'json', 'plain']
        : ['form', 'form', 'form', 'form', 'plain', 'broken']
      for (const kind of kinds) {
        const body = bodyOf(kind, fields, draw)
        const status = await ask(handler, body)
        asked++
        expect([file, name, kind, status]).toEqual([
          file,
          name,
          kind,
          expect.toSatisfy((one) => typeof one === 'number' && one < 500),
        ])
      }
    }
  }
  expect(asked).toBeGreaterThan(300)
}, 60_000)

test('what is no text is said to be that, and words about it are words', async () => {
  const note = async (body: RequestInit) => {
    const { actions } = (await import('../../routes/(practice)/patients/[id]/+page.server.ts')) as {
      actions: Record<string, Handler>
    }
    return ask(actions['note'] ?? (() => null), body)
  }
  const form = (text: string) => ({ body: new URLSearchParams({ id: '', text, day: '2026-11-21' }) })
  expect(await note({ body: 'text=a', headers: { 'Content-Type': 'text/plain' } })).toBe(400)
  expect(await note(form('a\0b'))).toBe(400)
  expect(await note(form('["\\u0000"]'))).toBe(400)
  expect(await note(form('["\\udc00"]'))).toBe(400)
  expect(await note(form('he wrote \\u0000'))).toBe(200)
})
