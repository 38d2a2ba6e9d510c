import { closeDatabase, connectDatabase, withTenant } from '@bitewing/db'
import { startPostgres } from '@bitewing/testbed'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { matchCondition } from './match-condition.ts'
import type { SearchQuery } from './parse-search-query.ts'
import { searchAttribute } from './search-attributes.ts'
import { archivedCondition } from '../study-index/archived-condition.ts'

// As the app's role: row-level security keeps the planner from many an index.
test('a search’s total is counted in an index alone, newest first and by name; what is archived has an index', async () => {
  const postgres = await startPostgres()
  const database = await postgres.createDatabase()
  const [app, superuser] = [
    connectDatabase(database.appUrl, 1),
    connectDatabase(postgres.superuserUrl(database.name), 1),
  ]
  try {
    // VACUUM sees only what is flushed; test clusters flush late
    await superuser.client.query('SET synchronous_commit = on')
    await superuser.client.query(`
      INSERT INTO tenants (slug, name, wrapped_data_key) SELECT 't' || n, 't', '\\x00' FROM generate_series(1, 20) n`)
    await superuser.client.query(`
      INSERT INTO studies (tenant_id, study_instance_uid, match_state, patient_name_fold, dicom_patient_id, accession_number, modalities, study_date, attributes)
      SELECT id, '1.2.' || n, 'unmatched', 'roy ' || n, 'P-' || n, 'A' || n, CASE n % 3 WHEN 0 THEN '{CT,IO}' ELSE '{IO}' END::text[], date '2024-01-01' + n % 300, jsonb_build_object('00081030', repeat('x', 500))
      FROM tenants, generate_series(1, 500) n`)
    await superuser.client.query('VACUUM ANALYZE studies')
    const { rows: tenants } = await superuser.client.query<{ id: string }>('SELECT id FROM tenants LIMIT 1')
    const plan = (condition: string) =>
      withTenant(app, tenants[0]?.id ?? '', async (tx) => {
        const { rows } = await tx.execute<{ 'QUERY PLAN': string }>(
          sql.raw(`EXPLAIN SELECT count(*) FROM studies WHERE ${condition}`),
        )
        return rows.map((row) => row['QUERY PLAN']).join('\n')
      })
    expect(await plan('true')).toContain('Index Only Scan using studies_tenant_')
    for (const [tag, value, index] of [
      ['00100010', 'ROY^1*', 'studies_tenant_name'],
      ['00100010', 'Roy^12', 'studies_tenant_name'],
      ['00100020', 'p-77', 'studies_tenant_patient_id_fold'],
      ['00100020', 'P-7*', 'studies_tenant_patient_id_fold'],
      ['00080050', 'a77', 'studies_tenant_accession_fold'],
    ] as const) {
      const attribute = searchAttribute(tag, 'study')
      const query = {
        fuzzyMatching: false,
        emptyValueMatching: false,
        multipleValueMatching: false,
      } as SearchQuery
      const where = attribute && matchCondition({ attribute, value }, query)
      const found = await withTenant(app, tenants[0]?.id ?? '', (tx) =>
        tx.execute<{ 'QUERY PLAN': string }>(sql`EXPLAIN SELECT count(*) FROM studies WHERE ${where}`),
      )
      const lines = found.rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(lines, value).toContain(`Index Only Scan using ${index}`)
      expect(lines, value).toMatch(/Index Cond: .*COLLATE "C"|Index Cond: .*(fold = |fold >= )/)
    }
    // the search's own page, put in order, is of ids alone
    for (const [tag, value, fuzzyMatching] of [
      ['00080061', 'CT', false],
      ['00100010', 'roy', true],
    ] as const) {
      const attribute = searchAttribute(tag, 'study')
      const query = { fuzzyMatching, emptyValueMatching: false, multipleValueMatching: false } as SearchQuery
      const where = attribute && matchCondition({ attribute, value }, query)
      for (const asked of [
        sql`SELECT count(*) FROM studies WHERE ${where} AND study_date < '2024-06-01'`,
        sql`SELECT id FROM studies WHERE ${where} AND study_date < '2024-06-01'
          ORDER BY study_date DESC NULLS LAST, study_time DESC NULLS LAST, id LIMIT 25`,
      ]) {
        const found = await withTenant(app, tenants[0]?.id ?? '', (tx) =>
          tx.execute<{ 'QUERY PLAN': string }>(sql`EXPLAIN ${asked}`),
        )
        const lines = found.rows.map((row) => row['QUERY PLAN']).join('\n')
        expect(lines, value).toMatch(/Index Only Scan using studies_tenant_(date|name)/)
      }
    }
    expect(await plan(`study_date >= '2024-03-01'`)).toMatch(
      /Index Only Scan using studies_tenant_(date|name)/,
    )
    const archived = `EXISTS (SELECT FROM instances i WHERE i.study_id = studies.id AND ${archivedCondition('i.')})`
    expect(await plan(`study_date = '2024-03-01' AND ${archived}`)).toContain('using instances_archived')

    // and what no device should send has room in them
    const { rows: long } = await superuser.client.query<{ modalities: string[] }>(
      `INSERT INTO studies (tenant_id, study_instance_uid, match_state, patient_name_fold, modalities, study_date, attributes)
       SELECT $1, '1.9', 'unmatched', (SELECT string_agg(chr(19968 + (random() * 20000)::int), '') FROM generate_series(1, 500)),
         '{A,B}' || (SELECT array_agg('M' || md5(random()::text) || md5(random()::text)) FROM generate_series(1, 60)), '2024-01-01', '{}'
       RETURNING modalities`,
      [tenants[0]?.id],
    )
    expect(long[0]?.modalities.slice(0, 2)).toEqual(['A', 'B'])
    expect(long[0]?.modalities.length).toBeGreaterThan(5)
    expect(long[0]?.modalities.length).toBeLessThan(20)
  } finally {
    await closeDatabase(app)
    await closeDatabase(superuser)
    await database.drop()
    await postgres.stop()
  }
})
