import { closeDatabase, connectDatabase, withTenant } from '@bitewing/db'
import { startPostgres } from '@bitewing/testbed'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
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
      INSERT INTO studies (tenant_id, study_instance_uid, match_state, patient_name_fold, study_date, attributes)
      SELECT id, '1.2.' || n, 'unmatched', 'roy ' || n, date '2024-01-01' + n % 300, jsonb_build_object('00081030', repeat('x', 500))
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
    expect(await plan('true')).toMatch(/Index Only Scan using studies_tenant_(date|name)/)
    expect(await plan(`patient_name_fold LIKE 'roy 1%'`)).toContain(
      'Index Only Scan using studies_tenant_name',
    )
    expect(await plan(`study_date >= '2024-03-01'`)).toContain('Index Only Scan using studies_tenant_date')
    const archived = `EXISTS (SELECT FROM instances i WHERE i.study_id = studies.id AND ${archivedCondition('i.')})`
    expect(await plan(`study_date = '2024-03-01' AND ${archived}`)).toContain('using instances_archived')
  } finally {
    await closeDatabase(app)
    await closeDatabase(superuser)
    await database.drop()
    await postgres.stop()
  }
})
