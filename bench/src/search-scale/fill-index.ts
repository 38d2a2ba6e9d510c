import type { Database } from '@bitewing/db'

type Filling = {
  /** in all, those that are there included */
  studies: number
  instancesEach: number
  tenants: number
  /** slug of a practice that is one of them */
  demoTenant: string
}

/**
 * Makes studies as the gateway would write them, of one series each, spread evenly over the practices. By the
 * superuser, whom row-level security does not bind; what lies in the index already stays.
 */
export async function fillIndex(db: Database, filling: Filling): Promise<void> {
  const { studies, instancesEach, tenants, demoTenant } = filling
  const { client } = db
  await client.query(
    `INSERT INTO tenants (slug, name, wrapped_data_key)
     SELECT 'bench-' || n, 'Bench ' || n, '\\x00'::bytea FROM generate_series(2, $1::int) n
     ON CONFLICT DO NOTHING`,
    [tenants],
  )
  await client.query(`
    CREATE TEMP TABLE IF NOT EXISTS practices AS
    SELECT id, row_number() OVER (ORDER BY slug = '${demoTenant.replace(/\W/g, '')}' DESC, slug) - 1 AS place
    FROM tenants WHERE slug LIKE 'bench-%' OR slug = '${demoTenant.replace(/\W/g, '')}'`)
  const { rows } = await client.query<{ held: number }>('SELECT count(*)::int AS held FROM studies')
  const held = rows[0]?.held ?? 0
  if (held >= studies) return

  // indexes that are made once are made faster, and smaller, than row by row; what keys refer to must stay
  const indexes = await client.query<{ name: string; definition: string }>(`
    SELECT indexname AS name, indexdef AS definition FROM pg_indexes
    WHERE schemaname = 'public' AND tablename IN ('studies', 'series', 'instances')
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = to_regclass(format('%I.%I', schemaname, indexname)))`)
  await client.query(`SET session_replication_role = replica; SET maintenance_work_mem = '512MB'`)
  for (const { name } of indexes.rows) await client.query(`DROP INDEX ${name}`)

  await client.query(
    `
    CREATE TEMP TABLE fresh ON COMMIT PRESERVE ROWS AS
    SELECT n, gen_random_uuid() AS study, gen_random_uuid() AS series, p.id AS tenant,
      (ARRAY['Tremblay','Gagnon','Roy','Côté','Bouchard','Gauthier','Morin','Lavoie','Fortin','Gagné'])[1 + n / 7 % 10] AS family,
      (ARRAY['Zoé','Luc','Ève','Jean','Anaïs','Marc','Léa','Paul','Inès','Guy','Rose','Noé'])[1 + n / 3 % 12] AS given,
      (ARRAY['IO','PX','CT','DX','XC'])[1 + n / 11 % 5] AS modality,
      date '2014-01-01' + (n / ${tenants} * 7919 % 4000)::int AS day
    FROM generate_series($1::int, $2::int - 1) n JOIN practices p ON p.place = n % ${tenants}`,
    [held, studies],
  )
  await client.query(`
    INSERT INTO studies (id, tenant_id, study_instance_uid, match_state, dicom_patient_id, patient_name, patient_name_fold,
      patient_birth_date, patient_sex, study_date, study_time, accession_number, study_id, study_description,
      modalities, sop_class_uids, series_count, instance_count, bytes, attributes)
    SELECT study, tenant, '2.25.7' || lpad(n::text, 20, '0'), 'unmatched', 'P-' || n / ${tenants}, family || '^' || given,
      translate(lower(family || ' ' || given), 'éèôïîç', 'eeoiic'), date '1950-01-01' + n % 20000, (ARRAY['F','M'])[1 + n % 2],
      day, time '08:00' + n % 600 * interval '1 minute', 'A' || n, n::text, 'Radiographie ' || n % 40,
      ARRAY[modality], ARRAY['1.2.840.10008.5.1.4.1.1.1.3'], 1, ${instancesEach}, ${instancesEach} * 500000,
      jsonb_build_object('00100010', jsonb_build_object('vr', 'PN', 'Value', jsonb_build_array(jsonb_build_object('Alphabetic', family || '^' || given))),
        '00100020', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array('P-' || n / ${tenants})),
        '00080020', jsonb_build_object('vr', 'DA', 'Value', jsonb_build_array(to_char(day, 'YYYYMMDD'))),
        '00081030', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array('Radiographie ' || n % 40)))
    FROM fresh`)
  await client.query(`
    INSERT INTO series (id, tenant_id, study_id, series_instance_uid, modality, series_number, instance_count, attributes)
    SELECT series, tenant, study, '2.25.8' || lpad(n::text, 20, '0'), modality, 1, ${instancesEach}, '{}' FROM fresh`)
  await client.query(`
    INSERT INTO instances (id, tenant_id, study_id, series_id, sop_instance_uid, sop_class_uid, transfer_syntax_uid,
      instance_number, rows, columns, bits_allocated, frames, image_kind, metadata, frame_index, bulk_index, file_bytes,
      file_sha256, file_md5, data_set_digest, orthanc_id, held_by_archive, original_state, rendition_state, origin)
    SELECT gen_random_uuid(), tenant, study, series, '2.25.9' || lpad(n::text, 14, '0') || lpad(i::text, 6, '0'), '1.2.840.10008.5.1.4.1.1.1.3',
      '1.2.840.10008.1.2.1', i, 512, 512, 16, 1, 'other', '{}', NULL, '[]', 500000, sha256(n::text::bytea), md5(n::text),
      sha256(i::text::bytea), md5(n::text) || i, true, 'secured', 'made', 'stow'
    FROM fresh, generate_series(1, ${instancesEach}) i`)
  await client.query('DROP TABLE fresh')
  for (const { definition } of indexes.rows) await client.query(definition)
  // as autovacuum would: without it every count looks at every row
  for (const table of ['studies', 'series', 'instances']) await client.query(`VACUUM ANALYZE ${table}`)
}
