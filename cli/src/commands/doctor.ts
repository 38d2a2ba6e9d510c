import { statfs } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { asSystem, withTenant, type JobName } from '@bitewing/db'
import { instances, quarantinedArrivals, tenants } from '@bitewing/db/schema'
import { createOrthancArchive, lostArchiveFiles, unwrapDataKey } from '@bitewing/gateway/operations'
import { count, eq, isNull, min, sql } from 'drizzle-orm'
import type { Command } from '../command.ts'
import type { Operator } from '../operator.ts'

type Finding = { check: string; state: 'ok' | 'warning' | 'failed'; detail: string }

const gib = 1024 ** 3
/** Copies are made within seconds where nothing is away. */
const lateMinutes = 15

export const doctor: Command = {
  name: 'doctor',
  summary: 'look at every part of the system and say what to do',
  usage: 'doctor',
  help: 'Checks database, archive and what it is still to get, object store, keys, waiting originals, quarantine and disk. Exit code 1 on a failure.',
  options: {},
  positionals: [],
  async run(operator) {
    const checks: [string, () => Promise<Omit<Finding, 'check'>>][] = [
      ['database', () => database(operator)],
      ['archive', () => archive(operator)],
      ['archive copies', () => archiveCopies(operator)],
      ['object store', () => objectStore(operator)],
      ['keys', () => keys(operator)],
      ['originals', () => originals(operator)],
      ['quarantine', () => quarantine(operator)],
      ['disk', () => disk(operator)],
    ]
    const findings: Finding[] = []
    for (const [check, look] of checks) {
      findings.push({ check, ...(await look().catch((error: unknown) => failure(error))) })
    }
    const text = findings
      .map(({ check, state, detail }) => `${state.padEnd(8)} ${check}: ${detail}`)
      .join('\n')
    return { data: findings, text, failed: findings.some(({ state }) => state === 'failed') }
  },
}

function failure(error: unknown): Omit<Finding, 'check'> {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return { state: 'failed', detail: `does not answer${code}; look at its log and its address` }
}

async function database({ db }: Operator): Promise<Omit<Finding, 'check'>> {
  const {
    rows: [row],
  } = await db.execute<{ version: string; forced: boolean }>(sql`
    SELECT current_setting('server_version') AS version,
      (SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'public' AND c.relkind = 'r') AS forced`)
  if (!row?.forced) return { state: 'failed', detail: 'row-level security is not forced on every table' }
  return { state: 'ok', detail: `Postgres ${row.version}, row-level security forced on every table` }
}

async function archive({ db, environment }: Operator): Promise<Omit<Finding, 'check'>> {
  const orthanc = createOrthancArchive({ url: environment.ORTHANC_URL, timeoutMs: 5000 })
  try {
    await orthanc.check()
    const practices = await db.select({ id: tenants.id, slug: tenants.slug }).from(tenants)
    const lost = await lostArchiveFiles({ db, archive: orthanc }, practices)
    if (lost === null) return { state: 'ok', detail: 'Orthanc answers' }
    const { slug, relied, held } = lost
    return {
      state: 'failed',
      detail: `Orthanc holds ${held} files, and ${slug} alone should have ${relied} there; was its disk lost? See "archive restore"`,
    }
  } finally {
    await orthanc.close()
  }
}

/** What was stored while Orthanc was away or full, or a moment ago; it is safe in the object store. */
async function archiveCopies({ db }: Operator): Promise<Omit<Finding, 'check'>> {
  const job = 'fill-archive' satisfies JobName
  const {
    rows: [row],
  } = await db.execute<{ waiting: number; minutes: number | null }>(sql`
    SELECT count(*)::int AS waiting, round(extract(epoch FROM now() - min(created_on)) / 60)::int AS minutes
    FROM pgboss.job WHERE name = ${job} AND state IN ('created', 'retry', 'active')`)
  const { waiting = 0, minutes = 0 } = row ?? {}
  if ((minutes ?? 0) <= lateMinutes)
    return { state: 'ok', detail: 'none waits for long to be given to Orthanc' }
  return {
    state: 'warning',
    detail: `${waiting} images wait for their copy in Orthanc, the oldest for ${minutes} minutes; has it room? They are safe in the object store`,
  }
}

async function objectStore(operator: Operator): Promise<Omit<Finding, 'check'>> {
  await (await operator.store()).objectStore.check()
  return { state: 'ok', detail: 'can be written to' }
}

async function keys(operator: Operator): Promise<Omit<Finding, 'check'>> {
  const masterKeys = await operator.masterKeys()
  const rows = await operator.db
    .select({ id: tenants.id, slug: tenants.slug, wrapped: tenants.wrappedDataKey })
    .from(tenants)
  await masterKeys[0].check()
  const unusable: { slug: string }[] = []
  for (const { id, slug, wrapped } of rows) {
    await unwrapDataKey({ masterKeys, tenantId: id, wrapped }).catch((error: unknown) => {
      // a service that does not answer says nothing of the keys
      if (error instanceof Error && error.name === 'KeyServiceAway') throw error
      unusable.push({ slug })
    })
  }
  if (unusable.length === 0)
    return {
      state: 'ok',
      detail: `the master key opens the key of ${rows.length === 1 ? 'the practice' : `each of ${rows.length} practices`}`,
    }
  return {
    state: 'failed',
    detail: `the master key does not open the key of ${unusable.map(({ slug }) => slug).join(', ')}; is it the right one?`,
  }
}

async function originals(operator: Operator): Promise<Omit<Finding, 'check'>> {
  const { rows: all } = await asSystem(operator.db, (tx) =>
    tx.execute<{ id: string }>(sql`SELECT id FROM door_tenants()`),
  )
  let waiting = 0
  let oldest: Date | null = null
  for (const { id } of all) {
    const [row] = await withTenant(operator.db, id, (tx) =>
      tx
        .select({ waiting: count(), oldest: min(instances.arrivedAt) })
        .from(instances)
        .where(eq(instances.originalState, 'pending')),
    )
    waiting += row?.waiting ?? 0
    if (row?.oldest && (!oldest || row.oldest < oldest)) oldest = row.oldest
  }
  if (waiting === 0)
    return { state: 'ok', detail: 'none waits for its copy in the object store; "store verify" reads them' }
  const minutes = oldest ? Math.round((Date.now() - oldest.getTime()) / 60_000) : 0
  return {
    state: minutes > lateMinutes ? 'failed' : 'warning',
    detail: `${waiting} originals wait for their copy, the oldest for ${minutes} minutes`,
  }
}

async function quarantine({ db }: Operator): Promise<Omit<Finding, 'check'>> {
  const [row] = await asSystem(db, (tx) =>
    tx
      .select({ waiting: count() })
      .from(quarantinedArrivals)
      .where(isNull(quarantinedArrivals.assignedTenantId)),
  )
  const waiting = row?.waiting ?? 0
  if (waiting === 0) return { state: 'ok', detail: 'empty' }
  return {
    state: 'warning',
    detail: `${waiting} images wait to be given to a practice; see the quarantine page`,
  }
}

async function disk(operator: Operator): Promise<Omit<Finding, 'check'>> {
  // where the objects are, which STORAGE_URL need not name any more after a move
  const url = new URL((await operator.store()).url())
  if (url.protocol !== 'file:') return { state: 'ok', detail: 'the object store is not on this machine' }
  const { bavail, bsize } = await statfs(fileURLToPath(url))
  const free = bavail * bsize
  const detail = `${(free / gib).toFixed(1)} GiB free where the originals lie`
  return { state: free < 2 * gib ? 'failed' : free < 20 * gib ? 'warning' : 'ok', detail }
}
