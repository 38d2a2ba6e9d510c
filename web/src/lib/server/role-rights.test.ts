import { randomBytes, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closeDatabase, connectDatabase, createTenant, createUser, type StaffSession } from '@bitewing/db'
import { startPostgres } from '@bitewing/testbed'
import { isActionFailure, isHttpError, isRedirect } from '@sveltejs/kit'
import { afterAll, expect, test } from 'vitest'
import { closePorts, ports } from './compose.ts'

const roles = ['owner', 'dentist', 'assistant', 'front-desk', 'auditor', 'operator'] as const
type Role = (typeof roles)[number]

const everybody = roles
const practice = ['owner', 'dentist', 'assistant', 'front-desk', 'auditor'] as const
const desk = ['owner', 'dentist', 'assistant', 'front-desk'] as const
const clinical = ['owner', 'dentist', 'assistant'] as const
const treating = ['owner', 'dentist'] as const
const owner = ['owner'] as const
const trail = ['owner', 'auditor'] as const
const operator = ['operator'] as const

const patient = '(practice)/patients/[id]'
const plan = `${patient}/plans/[caseId]`
const present = '(tablet)/patients/[id]/plans/[caseId]/present/[versionId]'
const settings = '(practice)/settings'

/** "Who may do what", for every load, action and endpoint; whoever is not named gets 403. */
const table: Readonly<Record<string, Readonly<Record<string, readonly Role[]>>>> = {
  '(practice)/+layout.server.ts': { load: everybody },
  '(practice)/+page.server.ts': { load: practice },
  [`${patient}/+page.server.ts`]: {
    load: practice,
    addAlert: desk,
    endAlert: desk,
    identity: desk,
    distinct: desk,
    unmerge: treating,
    contact: desk,
    note: desk,
    removeNote: desk,
    share: clinical,
    revoke: clinical,
  },
  [`${patient}/merge/+page.server.ts`]: { load: treating, default: treating },
  [`${patient}/compare/+page.server.ts`]: {
    load: clinical,
    save: clinical,
    export: clinical,
    remove: clinical,
    restore: clinical,
    share: clinical,
    addToLink: clinical,
    takeFromLink: clinical,
    revoke: clinical,
    plan: clinical,
  },
  [`${patient}/compare/pdf/+server.ts`]: { GET: clinical },
  [`${patient}/mounts/+page.server.ts`]: { load: clinical, create: clinical, restore: clinical },
  [`${patient}/mounts/[mountId]/+page.server.ts`]: {
    load: clinical,
    save: clinical,
    remove: clinical,
    view: clinical,
    describe: clinical,
    export: clinical,
  },
  [`${patient}/orthodontics/+page.server.ts`]: { load: clinical, create: clinical, save: clinical },
  [`${patient}/ceph/+page.server.ts`]: { load: clinical, create: clinical, restore: clinical },
  [`${patient}/ceph/[tracingId]/+page.server.ts`]: {
    load: clinical,
    remove: clinical,
    seen: clinical,
    export: clinical,
  },
  [`${patient}/ceph/[tracingId]/points/+server.ts`]: { GET: clinical, PUT: clinical },
  [`${patient}/ceph/superimpose/+page.server.ts`]: { load: clinical, export: clinical },
  [`${patient}/teeth/+page.server.ts`]: { load: clinical, plan: clinical },
  [`${patient}/teeth/findings/+server.ts`]: { GET: clinical, POST: clinical },
  [`${patient}/plans/+page.server.ts`]: { load: desk, create: clinical, restore: clinical },
  [`${plan}/+page.server.ts`]: {
    load: desk,
    rename: clinical,
    alternative: clinical,
    edit: clinical,
    present: treating,
    decline: treating,
    move: treating,
    milestone: treating,
    template: treating,
    remove: clinical,
  },
  [`${plan}/compare/+page.server.ts`]: { load: desk },
  [`${plan}/versions/+server.ts`]: { POST: clinical },
  [`${plan}/versions/[versionId]/+server.ts`]: { PUT: clinical },
  [`${present}/+page.server.ts`]: { load: desk, sign: treating, share: clinical, revoke: clinical },
  [`${present}/pdf/+server.ts`]: { GET: desk },
  '(practice)/studies/[uid]/+page.server.ts': { load: desk },
  '(practice)/studies/[uid]/patient/+server.ts': { GET: desk },
  '(practice)/view/[uid]/+page.server.ts': { load: clinical },
  '(practice)/view/[uid]/annotations/+server.ts': { GET: clinical, POST: clinical },
  '(practice)/view/[uid]/ai/+server.ts': { GET: clinical, POST: treating },
  '(practice)/models/[id]/+page.server.ts': { load: clinical, measure: clinical, scale: clinical },
  '(practice)/models/[id]/header/+server.ts': { GET: clinical },
  '(practice)/volume/[uid]/+page.server.ts': { load: clinical },
  '(practice)/volume/[uid]/drawings/+server.ts': { GET: clinical, POST: clinical },
  '(practice)/appointments/+page.server.ts': { load: desk, save: desk, status: desk, patient: desk },
  '(practice)/appointments/patients/+server.ts': { GET: desk },
  '(practice)/audit/+page.server.ts': { load: trail },
  '(practice)/audit/export/+server.ts': { GET: trail },
  '(practice)/quarantine/+page.server.ts': { load: operator, assign: operator },
  [`${settings}/account/+page.server.ts`]: {
    load: everybody,
    password: everybody,
    confirm: everybody,
    app: everybody,
    code: everybody,
    removeApp: everybody,
    removePasskey: everybody,
    renamePasskey: everybody,
    codes: everybody,
    end: everybody,
  },
  [`${settings}/account/passkey/+server.ts`]: { POST: everybody, PUT: everybody },
  [`${settings}/practice/+page.server.ts`]: { load: owner, default: owner },
  [`${settings}/users/+page.server.ts`]: {
    load: owner,
    invite: owner,
    password: owner,
    revoke: owner,
    role: owner,
    active: owner,
    reset: owner,
    require: owner,
  },
  [`${settings}/devices/+page.server.ts`]: { load: owner, save: owner, remove: owner },
  [`${settings}/catalogue/+page.server.ts`]: {
    load: owner,
    save: owner,
    archive: owner,
    preview: owner,
    import: owner,
  },
  [`${settings}/mounts/+page.server.ts`]: { load: owner, choose: owner, create: owner, restore: owner },
  [`${settings}/norms/+page.server.ts`]: { load: owner, default: owner },
  [`${settings}/mounts/[layoutId]/+page.server.ts`]: { load: owner, save: owner, remove: owner },
  [`${settings}/plans/+page.server.ts`]: { load: owner, default: owner },
  [`${settings}/templates/+page.server.ts`]: { load: owner, rename: owner, remove: owner, restore: owner },
  [`${settings}/storage/+page.server.ts`]: { load: owner, preview: owner, save: owner },
}

type Handler = (event: unknown) => unknown
const folder = fileURLToPath(new URL('../../routes', import.meta.url))
const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && /^\+(page|layout)?\.?server\.ts$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  .filter((file) => /^\((practice|tablet)\)/.test(file))

const cluster = await startPostgres()
const database = await cluster.createDatabase()
process.env['DATABASE_URL'] = database.appUrl
process.env['PUBLIC_URL'] = 'http://practice.test'
process.env['ACCOUNT_KEY'] = randomBytes(32).toString('base64')
const people = new Map<Role, { session: StaffSession; cookie: string }>()
const ownerDb = connectDatabase(database.ownerUrl, 1)
const made = { slug: 'roles', name: 'Roles', aeTitle: 'ROLES', wrapDataKey: () => randomBytes(60) }
const { id: tenantId } = await createTenant(ownerDb, made)
for (const role of roles) {
  const { id } = await createUser(ownerDb, {
    email: `${role}@example.test`,
    name: role,
    password: 'a long enough password',
    isOperator: role === 'operator',
    membership: role === 'operator' ? null : { tenantId, role },
  })
  const { cookie } = await ports().sessions.open(id)
  const opened = await ports().sessions.read(cookie.value)
  if (!opened) throw new Error('no session')
  people.set(role, { session: opened.session, cookie: cookie.value })
}
await closeDatabase(ownerDb)
afterAll(async () => {
  await closePorts()
  await database.drop()
  await cluster.stop()
})

/** Everything that a route answers to, by name. */
async function handlersOf(file: string): Promise<[string, Handler][]> {
  const module = (await import(join(folder, file))) as Record<string, unknown> // its own types are by name
  const named = Object.entries({ ...module, ...(module['actions'] as object | undefined) })
  return named.filter((entry): entry is [string, Handler] => typeof entry[1] === 'function')
}

/** An answer's status as a browser would get it; a redirect with where to. */
async function ask(file: string, name: string, handler: Handler, who: Role | null): Promise<number | string> {
  const person = who === null ? undefined : people.get(who)
  const url = new URL('http://practice.test/x')
  const reads = ['load', 'GET'].includes(name)
  const body = file.endsWith('+server.ts') ? '{}' : new URLSearchParams()
  const event = {
    url,
    params: {
      id: randomUUID(),
      caseId: randomUUID(),
      versionId: randomUUID(),
      mountId: randomUUID(),
      uid: '1.2.3.4',
    },
    request: new Request(url, reads ? {} : { method: 'POST', body }),
    locals: {
      requestId: '',
      address: '192.0.2.1',
      locale: 'en',
      session: person?.session ?? null,
      sessionCookie: person?.cookie ?? null,
    },
    cookies: { get: () => undefined },
    depends: () => undefined,
    setHeaders: () => undefined,
  }
  try {
    const answer = await handler(event)
    if (answer instanceof Response) {
      await answer.body?.cancel()
      return answer.status
    }
    return isActionFailure(answer) ? answer.status : 200
  } catch (thrown) {
    if (isRedirect(thrown)) return `${thrown.status} ${thrown.location}`
    if (isHttpError(thrown)) return thrown.status
    throw thrown
  }
}

// What changes something is on record in the transaction that changes it (`recordInTransaction`). What is written on its own
// is told before something leaves or is done, or tells of people's ways in, which belong to no practice's transaction.
test('no load, action or endpoint puts a change of a practice on record after it was made', async () => {
  const alone = ['session.', 'account.', 'share.opened', 'audit.viewed', 'settings.changed', '.exported']
  const library = fileURLToPath(new URL('.', import.meta.url))
  const sources = [
    ...files.map((file) => join(folder, file)),
    ...(await readdir(library))
      .filter((name) => /(?<!test)\.ts$/.test(name))
      .map((name) => join(library, name)),
  ]
  const kinds: string[] = []
  for (const source of sources) {
    const text = await readFile(source, 'utf8')
    for (const [call] of text.matchAll(/audit\.record\([\s\S]*?kind: [^\n]+/g)) {
      kinds.push(
        ...[...(call.split('kind: ').at(-1) ?? '').matchAll(/'([^']+)'/g)].map(([, kind]) => kind ?? ''),
      )
    }
  }
  expect(kinds.length).toBeGreaterThan(8)
  expect(kinds.filter((kind) => !alone.some((part) => kind.includes(part)))).toEqual([])
})

test('there are routes to ask', () => {
  expect(files.length).toBeGreaterThan(15)
})

test.each(files)('%s answers each role as the table says, and nobody else', async (file) => {
  const handlers = await handlersOf(file)
  expect(handlers.length).toBeGreaterThan(0)
  // a new load, action or endpoint has no decision yet: write it into the table
  expect(handlers.map(([name]) => name).filter((name) => !table[file]?.[name])).toEqual([])
  for (const [name, handler] of handlers) {
    const answers = await Promise.all(
      roles.map(async (role) => [role, await ask(file, name, handler, role)] as const),
    )
    const may = answers.filter(([, status]) => status !== 403 && status !== '303 /quarantine')
    expect([name, may.map(([role]) => role)]).toEqual([name, table[file]?.[name]])
    // what is asked for is not there, or not complete: a role that may gets as far as that
    for (const [, status] of may) expect([200, 400, 401, 404, 409, 503]).toContain(status)
    expect([name, await ask(file, name, handler, null)]).toEqual([name, '303 /login'])
  }
})
