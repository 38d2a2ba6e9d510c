import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  closeDatabase,
  connectDatabase,
  createAudit,
  deleteImages,
  findApiToken,
  findTenant,
  logIn,
  withTenant,
} from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import {
  startPostgres,
  temporaryFolder,
  type TemporaryFolder,
  type TestDatabase,
  type TestPostgres,
} from '@bitewing/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from './run-cli.ts'

let postgres: TestPostgres
let database: TestDatabase
let folder: TemporaryFolder

beforeAll(async () => {
  postgres = await startPostgres()
  database = await postgres.createDatabase()
  folder = await temporaryFolder('cli')
  environment = {
    DATABASE_OWNER_URL: database.ownerUrl,
    DATABASE_URL: database.appUrl,
    ORTHANC_URL: 'http://user:password@127.0.0.1:9',
    STORAGE_URL: `file://${join(folder.path, 'objects')}`,
    MASTER_KEY: randomBytes(32).toString('base64'),
  }
})
afterAll(async () => {
  await database.drop()
  await postgres.stop()
  await folder.remove()
})

let environment: Record<string, string>

async function bitewing(args: string, input = '') {
  const out: string[] = []
  const error: string[] = []
  const code = await runCli(args.split(' ').filter(Boolean), {
    environment,
    readInput: () => Promise.resolve(input),
    out: (line) => out.push(line),
    error: (line) => error.push(line),
  })
  return { code, out: out.join('\n'), error: error.join('\n') }
}

async function withOwner<T>(work: (db: ReturnType<typeof connectDatabase>) => Promise<T>): Promise<T> {
  const db = connectDatabase(database.ownerUrl, 1)
  try {
    return await work(db)
  } finally {
    await closeDatabase(db)
  }
}

async function withApp<T>(work: (db: ReturnType<typeof connectDatabase>) => Promise<T>): Promise<T> {
  const db = connectDatabase(database.appUrl, 1)
  try {
    return await work(db)
  } finally {
    await closeDatabase(db)
  }
}

test('a practice, its user and its token can be made and used', async () => {
  expect((await bitewing('tenant create north --name Clinique --ae-title NORTH')).code).toBe(0)
  expect((await bitewing('tenant create north --name Clinique --ae-title OTHER')).code).toBe(1)
  const taken = await bitewing('tenant create south --name Clinique --ae-title NORTH')
  expect(taken).toMatchObject({
    code: 1,
    error: expect.stringContaining('belongs to another practice') as unknown,
  })

  const user = await bitewing(
    'user create --tenant north --email A@Example.org --role dentist',
    'long enough password\n',
  )
  expect(user.code).toBe(0)
  const login = { email: 'a@example.org', password: 'long enough password', address: '192.0.2.1' }
  expect(await withApp((db) => logIn(db, login))).toMatchObject({ outcome: 'success' })
  expect((await bitewing('user reset-second-factor --email a@example.org')).code).toBe(0)
  expect((await bitewing('user reset-second-factor --email nobody@example.org')).code).toBe(1)
  // a sole owner who has forgotten it has nobody else to ask
  expect((await bitewing('user reset-password --email a@example.org', 'a@example.org\n')).code).toBe(2)
  expect((await bitewing('user reset-password --email a@example.org', 'seven quiet molars\n')).code).toBe(0)
  expect((await bitewing('user reset-password --email nobody@example.org', 'seven quiet molars')).code).toBe(
    1,
  )
  expect(await withApp((db) => logIn(db, login))).toMatchObject({ outcome: 'wrong' })
  expect(await withApp((db) => logIn(db, { ...login, password: 'seven quiet molars' }))).toMatchObject({
    outcome: 'success',
  })

  // their practice's owners see it, as much as the system's log does
  const trail = await withOwner(async (db) => {
    const { rows } = await db.client.query<{ what: string; places: string[] }>(
      `SELECT a.detail ->> 'what' AS what, array_agg(coalesce(t.slug, 'system') ORDER BY t.slug) AS places
       FROM audit_events a LEFT JOIN tenants t ON t.id = a.chain_id
       WHERE a.detail ->> 'what' LIKE '%reset' GROUP BY 1 ORDER BY 1`,
    )
    return rows
  })
  expect(trail).toEqual([
    { what: 'password reset', places: ['north', 'system'] },
    { what: 'second factor reset', places: ['north', 'system'] },
  ])

  const token = await bitewing('token create --tenant north --scope read,write --expires 1d')
  expect(token.out).toMatch(/^bw_[\w-]{43}$/)
  expect(await withApp((db) => findApiToken(db, token.out))).toMatchObject({
    tenantSlug: 'north',
    scopes: ['read', 'write'],
  })
})

test('wrong usage exits with 2, names what is wrong, and changes nothing', async () => {
  expect((await bitewing('')).code).toBe(2)
  expect((await bitewing('tenant destroy north')).code).toBe(2)
  expect((await bitewing('tenant create UPPER --name X --ae-title X')).code).toBe(2)
  expect((await bitewing('tenant create ok --name X --ae-title SEVENTEEN-LETTERS')).code).toBe(2)
  expect((await bitewing('token create --tenant north --scope everything')).code).toBe(2)
  expect((await bitewing('token create --tenant north --scope read --expires soon')).code).toBe(2)
  expect(
    (await bitewing('user create --tenant north --email b@example.org --role dentist', 'short')).code,
  ).toBe(2)
  expect((await bitewing('device add --tenant north --ae-title X --host h --port 99999')).code).toBe(2)
})

test('every command has help, and an unknown practice is a failure', async () => {
  for (const command of [
    'tenant create',
    'user create',
    'user reset-password',
    'user reset-second-factor',
    'token create',
    'device add',
    'audit verify',
    'index rebuild',
    'doctor',
  ]) {
    const help = await bitewing(`${command} --help`)
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining(`bitewing ${command}`) as unknown })
  }
  expect(await bitewing('audit verify --tenant nowhere')).toMatchObject({ code: 1 })
})

describe('audit verify', () => {
  async function practiceWithEvents(slug: string) {
    await bitewing(`tenant create ${slug} --name P --ae-title ${slug.toUpperCase()}`)
    const tenantId = await withOwner(async (db) => {
      const {
        rows: [row],
      } = await db.client.query<{ id: string }>(`SELECT id FROM tenants WHERE slug = $1`, [slug])
      return String(row?.id)
    })
    await withApp(async (db) => {
      const audit = createAudit({ db })
      for (let index = 0; index < 6; index++) {
        await audit.record({
          tenantId,
          kind: 'images.viewed',
          outcome: 'success',
          actor: { kind: 'user', id: 'u' },
          detail: { index },
        })
      }
    })
    return tenantId
  }
  const verify = async (slug: string) => {
    const { code, out, error } = await bitewing(`audit verify --tenant ${slug} --json`)
    if (!out) throw new Error(error)
    return { code, faults: (JSON.parse(out) as { faults: { kind: string; position: number }[] }).faults }
  }

  test('an untouched log is intact', async () => {
    await practiceWithEvents('whole')
    expect(await verify('whole')).toEqual({ code: 0, faults: [] })
  })

  test('a changed event is found', async () => {
    const tenantId = await practiceWithEvents('changed')
    await withOwner((db) =>
      db.client.query(`UPDATE audit_events SET actor_id = 'v' WHERE chain_id = $1 AND position = 3`, [
        tenantId,
      ]),
    )
    expect(await verify('changed')).toMatchObject({ code: 1, faults: [{ kind: 'changed', position: 3 }] })
  })

  test('a removed event is found', async () => {
    const tenantId = await practiceWithEvents('removed')
    await withOwner((db) =>
      db.client.query(`DELETE FROM audit_events WHERE chain_id = $1 AND position = 4`, [tenantId]),
    )
    expect(await verify('removed')).toMatchObject({ code: 1, faults: [{ kind: 'removed', position: 4 }] })
  })

  test('events in another order are found', async () => {
    const tenantId = await practiceWithEvents('reordered')
    await withOwner(async (db) => {
      for (const [from, to] of [
        [2, 1000],
        [3, 2],
        [1000, 3],
      ] as const) {
        await db.client.query(`UPDATE audit_events SET position = $1 WHERE chain_id = $2 AND position = $3`, [
          to,
          tenantId,
          from,
        ])
      }
    })
    expect((await verify('reordered')).code).toBe(1)
  })

  test('a cut tail is found', async () => {
    const tenantId = await practiceWithEvents('cut')
    await withOwner((db) =>
      db.client.query(`DELETE FROM audit_events WHERE chain_id = $1 AND position > 5`, [tenantId]),
    )
    expect(await verify('cut')).toMatchObject({ code: 1, faults: [{ kind: 'tail-cut', position: 6 }] })
  })

  test('a tail cut off together with the head in Postgres is found by the signed head outside', async () => {
    const tenantId = await practiceWithEvents('outside')
    const { anchorHeads, openMasterKeys, openObjectStore } = await import('@bitewing/gateway/operations')
    const masterKeys = await openMasterKeys({ MASTER_KEY: environment['MASTER_KEY'] })
    await withApp(async (db) => {
      const { objectStore, signingKey, close } = await openObjectStore(
        { STORAGE_URL: environment['STORAGE_URL'] ?? '' },
        { db, masterKeys, process: 'test', log: { info: () => {}, warn: () => {} } },
      )
      await anchorHeads({ db, objectStore, privateKey: signingKey.privateKey })
      await close()
    })
    await withOwner(async (db) => {
      await db.client.query(`DELETE FROM audit_events WHERE chain_id = $1 AND position > 4`, [tenantId])
      await db.client.query(
        `UPDATE audit_chains SET last_position = 4, last_hash =
        (SELECT hash FROM audit_events WHERE chain_id = $1 AND position = 4) WHERE chain_id = $1`,
        [tenantId],
      )
    })
    expect(await verify('outside')).toMatchObject({ code: 1, faults: [{ kind: 'tail-cut', position: 5 }] })
  })
})

test('what a practice deleted is listed and brought back', async () => {
  await bitewing('tenant create gone --name Clinique --ae-title GONE')
  expect(await bitewing('study deleted --tenant gone')).toMatchObject({ code: 0, out: 'Nothing is deleted.' })
  expect((await bitewing('study restore --tenant gone 1.2.3')).code).toBe(1)
  expect((await bitewing('study restore --tenant gone')).code).toBe(2)

  const owner = connectDatabase(database.ownerUrl, 1)
  const tenant = await findTenant(owner, 'gone')
  await closeDatabase(owner)
  const tenantId = tenant?.id ?? ''
  const uid = '2.25.77'
  await withApp(async (db) => {
    await withTenant(db, tenantId, async (tx) => {
      const [study] = await tx
        .insert(studies)
        .values({
          tenantId,
          studyInstanceUid: uid,
          matchState: 'unmatched',
          attributes: {},
          instanceCount: 1,
        })
        .returning({ id: studies.id })
      const studyId = study?.id ?? ''
      const [one] = await tx
        .insert(series)
        .values({ tenantId, studyId, seriesInstanceUid: '2.25.78', attributes: {}, instanceCount: 1 })
        .returning({ id: series.id })
      await tx.insert(instances).values({
        id: randomUUID(),
        tenantId,
        studyId,
        seriesId: one?.id ?? '',
        sopInstanceUid: '2.25.79',
        sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
        transferSyntaxUid: '1.2.840.10008.1.2.1',
        imageKind: 'other',
        metadata: '{}',
        fileBytes: 1,
        fileSha256: Buffer.alloc(32),
        fileMd5: '',
        dataSetDigest: Buffer.alloc(32),
        orthancId: 'x',
        heldByArchive: false,
        originalState: 'secured',
        origin: 'stow',
      })
    })
    await deleteImages(db, tenantId, { study: uid }, { actor: { kind: 'system', id: null } }, 86_400_000)
  })
  expect((await bitewing('study deleted --tenant gone')).out).toContain('2.25.77  study, 1 images, until 2')
  const listed = JSON.parse((await bitewing('study deleted --tenant gone --json')).out) as object[]
  expect(listed).toEqual([expect.objectContaining({ studyInstanceUid: uid, returnedCount: 0 })])
  expect(await bitewing(`study restore --tenant gone ${uid}`)).toMatchObject({
    code: 0,
    out: '1 images are back.',
  })
  const back = await withApp((db) => withTenant(db, tenantId, (tx) => tx.select().from(studies)))
  expect(back.map(({ studyInstanceUid, instanceCount }) => [studyInstanceUid, instanceCount])).toEqual([
    [uid, 1],
  ])
})

test('the dry run, the policy and the usage of storage agree, and what the store has not stays', async () => {
  const before = environment
  environment = {
    ...environment,
    STORAGE_URL: `file://${join(folder.path, 'tiered')}?cold=${join(folder.path, 'slow')}`,
  }
  await bitewing('tenant create tiered --name Clinique --ae-title TIERED')
  const owner = connectDatabase(database.ownerUrl, 1)
  const tenantId = (await findTenant(owner, 'tiered'))?.id ?? ''
  await closeDatabase(owner)
  await withApp((db) =>
    withTenant(db, tenantId, async (tx) => {
      const [study] = await tx
        .insert(studies)
        .values({
          tenantId,
          studyInstanceUid: '2.25.87',
          matchState: 'unmatched',
          attributes: {},
          instanceCount: 1,
        })
        .returning({ id: studies.id })
      const studyId = study?.id ?? ''
      const [one] = await tx
        .insert(series)
        .values({ tenantId, studyId, seriesInstanceUid: '2.25.88', attributes: {}, instanceCount: 1 })
        .returning({ id: series.id })
      await tx.insert(instances).values({
        id: randomUUID(),
        tenantId,
        studyId,
        seriesId: one?.id ?? '',
        sopInstanceUid: '2.25.89',
        sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
        transferSyntaxUid: '1.2.840.10008.1.2.1',
        imageKind: 'other',
        metadata: '{}',
        fileBytes: 50 * 1024 ** 3,
        fileSha256: Buffer.alloc(32),
        fileMd5: '',
        dataSetDigest: Buffer.alloc(32),
        orthancId: 'tiered',
        heldByArchive: false,
        originalState: 'secured',
        arrivedAt: new Date('2020-01-01'),
        origin: 'stow',
      })
    }),
  )
  const asked = (args: string) => bitewing(`${args} --tenant tiered`)
  const json = async (args: string) => JSON.parse((await asked(`${args} --json`)).out) as unknown

  const plan = await json('storage tiers plan')
  expect(plan).toMatchObject({
    store: { warm: false, cold: 'at-once' },
    practices: { tiered: { moves: [{ from: 'hot', to: 'cold', objects: 1, bytes: 50 * 1024 ** 3 }] } },
    savedPerMonth: expect.closeTo(1) as number, // 50 GiB at 0.03 and at 0.01
  })
  const { out } = await asked('storage tiers plan')
  expect(out).toMatch(/^tiered +hot +cold +1 +50\.0 GiB +0 +0 bytes +1\.00 CAD$/m)
  expect(out).toContain('the policy is off')
  expect(out).toContain('Example, not a quote')
  expect(await asked('storage tiers apply')).toMatchObject({ code: 0, out: 'tiered: the policy is off' })

  expect((await asked('storage tiers policy --cold maybe')).code).toBe(2)
  expect((await asked('storage tiers policy --hot-months 30')).code).toBe(2)
  expect(await json('storage tiers policy')).toMatchObject({ enabled: false, hotMonths: 6, warmMonths: 24 })
  expect(await json('storage tiers policy --enabled on --warm-months 12')).toMatchObject({ enabled: true })
  expect(await json('storage tiers policy')).toMatchObject({ enabled: true, hotMonths: 6, warmMonths: 12 })

  // there is no such object: nothing is noted as moved
  const applied = await asked('storage tiers apply')
  expect(applied).toMatchObject({ code: 1 })
  expect(applied.out).toContain('0 to cold (0 bytes), Orthanc gave up 0 (0 bytes), 1 left')
  expect(await json('usage')).toMatchObject({
    practices: {
      tiered: {
        originals: { hot: { objects: 1, bytes: 50 * 1024 ** 3 }, cold: { objects: 0 } },
        costPerMonth: { total: 1.5 },
      },
    },
  })
  expect((await asked('usage')).out).toMatch(
    /^tiered +1 +50\.0 GiB +0 bytes +0 bytes +0 bytes +0 bytes +1\.50 CAD$/m,
  )
  environment = before
})

test('a practice is shredded only when its slug was typed again', async () => {
  await bitewing('tenant create doomed --name Clinique --ae-title DOOMED')
  const { out: token } = await bitewing('token create --tenant doomed --scope read')
  expect(await bitewing('tenant shred doomed --yes another')).toMatchObject({ code: 2 })
  expect(await bitewing('tenant shred doomed', 'domed\n')).toMatchObject({ code: 2 })
  expect(await withApp((db) => findApiToken(db, token))).toMatchObject({ tenantSlug: 'doomed' })

  expect(await bitewing('tenant shred doomed', 'doomed\n')).toMatchObject({ code: 0 })
  expect(await withApp((db) => findApiToken(db, token))).toBeNull()
  expect(await bitewing('tenant shred doomed --yes doomed')).toMatchObject({
    code: 1,
    error: 'There is no practice "doomed".',
  })
  // its name and AE title are free
  expect((await bitewing('tenant create doomed --name Clinique --ae-title DOOMED')).code).toBe(0)
})

test('a new master key takes over by key rotate, and the doctor says which key opens what', async () => {
  expect(await bitewing('key rotate')).toMatchObject({
    code: 2,
    error: expect.stringContaining('MASTER_KEY_PREVIOUS') as unknown,
  })
  const [old, fresh] = [environment['MASTER_KEY'] ?? '', randomBytes(32).toString('base64')]
  environment = { ...environment, MASTER_KEY: fresh, MASTER_KEY_PREVIOUS: old }
  const rotated = await bitewing('key rotate --json')
  expect(rotated.code).toBe(0)
  expect(JSON.parse(rotated.out)).toMatchObject({ already: 0, failed: [] })
  expect((await bitewing('tenant create later --name Clinique --ae-title LATER')).code).toBe(0)

  delete environment['MASTER_KEY_PREVIOUS']
  const doctor = await bitewing('doctor --json')
  expect(JSON.parse(doctor.out)).toContainEqual(expect.objectContaining({ check: 'keys', state: 'ok' }))
  environment['MASTER_KEY'] = old
  const wrong = await bitewing('doctor --json')
  expect(JSON.parse(wrong.out)).toContainEqual(expect.objectContaining({ check: 'keys', state: 'failed' }))
  environment['MASTER_KEY'] = fresh
})

test('the doctor warns of images that Orthanc is still to get, once they have waited for long', async () => {
  const owner = connectDatabase(database.ownerUrl, 1)
  const tell = async () =>
    (JSON.parse((await bitewing('doctor --json')).out) as { check: string }[]).find(
      ({ check }) => check === 'archive copies',
    )
  const queue = (age: string) =>
    owner.client.query(
      `INSERT INTO pgboss.job (name, data, created_on) VALUES ('fill-archive', '{}', now() - $1::interval)`,
      [age],
    )
  try {
    await queue('1 minute')
    expect(await tell()).toMatchObject({ state: 'ok' })
    await queue('40 minutes')
    expect(await tell()).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining(
        '2 images wait for their copy in Orthanc, the oldest for 40 minutes',
      ) as string,
    })
  } finally {
    await owner.client.query(`DELETE FROM pgboss.job WHERE name = 'fill-archive'`)
    await closeDatabase(owner)
  }
})

test('store verify and archive restore go through practices without images, and know what they do not know', async () => {
  expect(await bitewing('store verify --tenant later')).toMatchObject({ code: 0 })
  expect((await bitewing('archive restore --tenant later --json')).code).toBe(0)
  expect(await bitewing('store verify --tenant nobody')).toMatchObject({ code: 1 })
  expect(await bitewing('storage migrate')).toMatchObject({ code: 2 })
  expect(await bitewing('storage migrate --cancel')).toMatchObject({ code: 1 })
})
