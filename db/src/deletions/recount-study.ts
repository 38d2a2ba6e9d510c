import { sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'

/**
 * Brings counts, modalities and versions of a study and its series up to the instances that are not deleted. One that
 * has none left is deleted with them, one that has some again comes back. In a transaction that shows deleted rows.
 *
 * @param deletionId by which it goes, when it goes
 */
export async function recountStudy(tx: Transaction, studyId: string, deletionId: string): Promise<void> {
  await tx.execute(sql`
    UPDATE series x SET
      instance_count = live.instances,
      version = x.version + 1,
      updated_at = now(),
      deletion_id = CASE WHEN live.instances > 0 THEN NULL ELSE coalesce(x.deletion_id, ${deletionId}::uuid) END
    FROM (
      SELECT s.id, count(i.id)::int AS instances
      FROM series s LEFT JOIN instances i ON i.series_id = s.id AND i.deletion_id IS NULL
      WHERE s.study_id = ${studyId}::uuid GROUP BY s.id
    ) live
    WHERE x.id = live.id AND (x.instance_count <> live.instances OR (x.deletion_id IS NULL) <> (live.instances > 0))`)
  await tx.execute(sql`
    UPDATE studies t SET
      instance_count = live.instances,
      series_count = live.series,
      bytes = live.bytes,
      modalities = live.modalities,
      sop_class_uids = live.sop_classes,
      version = t.version + 1,
      updated_at = now(),
      deletion_id = CASE WHEN live.instances > 0 THEN NULL ELSE coalesce(t.deletion_id, ${deletionId}::uuid) END
    FROM (
      SELECT count(i.id)::int AS instances, count(DISTINCT i.series_id)::int AS series, coalesce(sum(i.file_bytes), 0) AS bytes,
        coalesce(array_agg(DISTINCT s.modality ORDER BY s.modality) FILTER (WHERE s.modality <> ''), '{}') AS modalities,
        coalesce(array_agg(DISTINCT i.sop_class_uid ORDER BY i.sop_class_uid), '{}') AS sop_classes
      FROM instances i JOIN series s ON s.id = i.series_id
      WHERE i.study_id = ${studyId}::uuid AND i.deletion_id IS NULL
    ) live
    WHERE t.id = ${studyId}::uuid`)
  // open pages hear of it when the transaction commits
  await tx.execute(sql`
    SELECT pg_notify('bitewing_studies', json_build_object(
      'tenantId', tenant_id, 'studyInstanceUid', study_instance_uid, 'patientId', patient_id)::text)
    FROM studies WHERE id = ${studyId}::uuid`)
}
