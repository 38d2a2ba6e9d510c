import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import {
  closeDatabase,
  connectDatabase,
  createTenant,
  parsePatientSearch,
  searchPatients,
  withTenant,
  type PatientFilter,
} from '@bitewing/db'
import { startPostgres } from '@bitewing/testbed'
import { summarize, type Summary } from '../first-look/summarize.ts'

export const patientSearchDefaults = { patients: 100_000, requests: 50 }

const searches: readonly { what: string; typed?: string; filter?: PatientFilter; offset?: number }[] = [
  { what: 'one letter', typed: 't' },
  { what: 'three letters', typed: 'tre' },
  { what: 'a common name', typed: 'Tremblay' },
  { what: 'name and given name', typed: 'genevieve tremb' },
  { what: 'one person', typed: 'Tremblay-77 Zoé' },
  { what: 'number', typed: 'P-4711' },
  { what: 'birth date', typed: '14/09/2010' },
  { what: 'year of birth', typed: '1985' },
  { what: 'phone', typed: '(418) 555-0134' },
  { what: 'last four digits', typed: '4711' },
  { what: 'a letter each', typed: 'g t' },
  { what: 'nobody', typed: 'zzzz' },
  { what: 'all' },
  { what: 'all, page 1000', offset: 49_950 },
  { what: 'all with images since', filter: { imagesSince: '2026-10-01' } },
  { what: 'no visit since', filter: { noVisitSince: '2026-01-01' } },
  { what: 'three letters, images since', typed: 'tre', filter: { imagesSince: '2026-10-01' } },
]

/**
 * The search of the practice app in a practice of 100,000 patients: one page of fifty with its count, as the app's role,
 * each alone.
 */
export async function patientSearch(
  counts: typeof patientSearchDefaults,
  { say, signal }: { say: (line: string) => void; signal: AbortSignal },
) {
  await using stack = new AsyncDisposableStack()
  const cluster = await startPostgres()
  stack.defer(() => cluster.stop())
  const database = await cluster.createDatabase()
  stack.defer(() => database.drop())
  const owner = connectDatabase(database.ownerUrl, 1)
  stack.defer(() => closeDatabase(owner))
  const db = connectDatabase(database.appUrl, 1)
  stack.defer(() => closeDatabase(db))

  const tenants: string[] = []
  for (const slug of ['north']) {
    signal.throwIfAborted()
    const { id } = await createTenant(owner, {
      slug,
      name: slug,
      aeTitle: slug.toUpperCase(),
      wrapDataKey: () => randomBytes(60),
    })
    tenants.push(id)
    say(`Filling a practice with ${counts.patients} patients`)
    const began = performance.now()
    await fill(id)
    say(`  ${Math.round((performance.now() - began) / 1000)} s`)
  }
  await owner.client.query('VACUUM ANALYZE')
  const [tenantId = ''] = tenants

  const {
    rows: [backend],
  } = await db.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  /** Of Postgres for this connection, and of this process; its tick is 10 ms. */
  const processorMs = async () => {
    const stat = await readFile(`/proc/${backend?.pid ?? 0}/stat`, 'utf8')
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number)
    const own = process.cpuUsage()
    return (user + system) * 10 + (own.user + own.system) / 1000
  }

  const measured: Record<string, Summary & { found: number; processorMs: number }> = {}
  for (const { what, typed, filter, offset = 0 } of searches) {
    const ask = () =>
      withTenant(db, tenantId, (tx) =>
        searchPatients(tx, {
          search: typed === undefined ? null : parsePatientSearch(typed),
          filter,
          limit: 50,
          offset,
        }),
      )
    const { total } = await ask()
    const milliseconds: number[] = []
    const spent = await processorMs()
    for (let turn = 0; turn < counts.requests; turn++) {
      signal.throwIfAborted()
      const began = performance.now()
      await ask()
      milliseconds.push(performance.now() - began)
    }
    const each = Math.round(((await processorMs()) - spent) / counts.requests)
    measured[what] = { ...summarize(milliseconds, 0), found: total, processorMs: each }
    const { p50, p95 } = measured[what]
    say(`  ${what}: p50 ${p50} ms, p95 ${p95} ms, of the processor ${each} ms, found ${total}`)
  }
  return { benchmark: 'patient-search' as const, counts, loadAverage: loadavg(), measured }

  /** Names are as frequent as in Québec, birth dates and numbers are spread; three of four have been imaged. */
  async function fill(id: string): Promise<void> {
    await withTenant(owner, id, async (tx) => {
      // what triggers do row by row is done for all at once below
      for (const table of ['patients', 'patient_identifiers'])
        await tx.execute(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
      await tx.execute(`
        INSERT INTO patients (tenant_id, family_name, given_name, name_fold, birth_date, phone)
        SELECT '${id}', family, given, lower(translate(replace(family, '-', ' ') || ' ' || given, 'éèôçÉ', 'eeoce')),
          date '1930-01-01' + (n::bigint * 7919 % 33000)::int, '418 555-' || lpad((n * 31 % 10000)::text, 4, '0')
        FROM (SELECT n,
            (ARRAY['Tremblay','Gagnon','Roy','Côté','Bouchard','Gauthier','Morin','Lavoie','Fortin','Gagné','Ouellet','Pelletier',
              'Bélanger','Lévesque','Bergeron','Leblanc','Paquette','Girard','Simard','Boucher'])[1 + abs(hashint4(n) % 20)] || '-' || (n % 1000) AS family,
            (ARRAY['Geneviève','Zoé','Marc','Élodie','Jean','Noël','Maude','Josée','Luc','Anne','Louis','Rose','Ève','Simon',
              'Hélène','Paul','Chantal','Guy','Nathalie','Yves'])[1 + (n / 7 % 20)] AS given
          FROM generate_series(1, ${counts.patients}) AS n) AS people`)
      await tx.execute(`
        INSERT INTO patient_identifiers (tenant_id, patient_id, kind, value)
        SELECT '${id}', id, 'dicom', 'P-' || row_number() OVER (ORDER BY id) FROM patients`)
      await tx.execute(`
        INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
        SELECT p.tenant_id, 'name', word, p.id FROM patients p, string_to_table(p.name_fold, ' ') AS word
        UNION SELECT p.tenant_id, found.kind, found.key, p.id FROM patients p, patient_phone_keys(p.phone) AS found
        UNION SELECT tenant_id, 'identifier', lower(value), patient_id FROM patient_identifiers`)
      for (const table of ['patients', 'patient_identifiers'])
        await tx.execute(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
      await tx.execute(`
        INSERT INTO studies (tenant_id, study_instance_uid, patient_id, match_state, study_date, attributes)
        SELECT '${id}', '2.25.' || row_number() OVER (ORDER BY id), id, 'matched', date '2026-11-21' - (random() * 1500)::int, '{}'
        FROM patients WHERE random() < 0.75`)
    })
  }
}
