import { sql, type SQL } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import type { ImageKind, StorageTier } from '../schema/index.ts'
import { tierCuts, type StoreTiers, type TierPolicy } from './tier-rules.ts'

/** What decides which originals are due; the same for a dry run and for the job. */
export type TierQuestion = {
  policy: TierPolicy
  store: StoreTiers
  now: Date
  /** smaller ones stay: dearer tiers charge them as if they were larger, and viewers need reports at once */
  bytesMin: number
  /** of gateway/src/renditions: what an image has to have before it is archived; null: any */
  renditionVersion: number | null
}

/** Below this an object costs as much in a cheaper class (S3 charges Standard-IA for 128 KiB at least). */
export const tieredBytesMin = 128 * 1024

/** A treatment case keeps its patient's images for so long after it was begun. */
const caseMonths = 36

/** An original, where it lies and where it is due. */
export type DueOriginal = {
  instanceId: string
  orthancId: string
  arrivedAt: Date
  fileBytes: number
  fileSha256: Buffer
  tier: StorageTier
  unsettled: boolean
  target: StorageTier
  evict: boolean
  imageKind: ImageKind
  /** its first frame could be pictured */
  isPictured: boolean
}

/** Rows `due` of the practice: id, tier, target, evict, bytes and what the job needs. */
function dueRows({ policy, store, now, bytesMin, renditionVersion }: TierQuestion): SQL {
  const cuts = tierCuts(policy, store, now)
  const before = (cut: Date | null) =>
    cut ? sql`i.arrived_at < ${cut.toISOString()}::timestamptz` : sql`false`
  // an archived image shows by its renditions alone
  const pictured =
    renditionVersion === null || store.cold !== 'after-recall'
      ? sql`true`
      : sql`(i.rendition_state = 'failed' OR (i.rendition_state = 'none' AND (i.image_kind <> 'model' OR i.rendition_version IS NOT NULL)) OR (i.rendition_state IN ('made', 'drawn') AND i.rendition_version = ${renditionVersion}))`
  const stays = policy.keepCases
    ? sql`NOT EXISTS (SELECT FROM studies s JOIN treatment_cases c ON c.patient_id = s.patient_id
        WHERE s.id = i.study_id AND c.deleted_at IS NULL AND c.created_at > ${now.toISOString()}::timestamptz - make_interval(months => ${caseMonths}))`
    : sql`true`
  return sql`
    SELECT * FROM (
      SELECT i.id, i.orthanc_id, i.arrived_at, i.file_bytes, i.file_sha256, i.image_kind,
        i.rendition_state = 'made' AS pictured, i.storage_tier AS tier,
        i.tier_unsettled OR coalesce(i.recalled_until < ${now.toISOString()}::timestamptz, false) AS unsettled,
        CASE
          WHEN i.storage_tier = 'cold' THEN 'cold'
          WHEN ${before(cuts.cold)} AND ${pictured} THEN 'cold'
          WHEN i.storage_tier = 'warm' OR ${before(cuts.warm)} THEN 'warm'
          ELSE 'hot'
        END AS target,
        ${policy.evict ? sql`i.held_by_archive AND ${before(cuts.evict)}` : sql`false`} AS evict
      FROM instances i
      WHERE i.tenant_id = current_tenant_id() -- the operator's commands ask as the owner, who sees every practice
        AND i.deletion_id IS NULL AND i.original_state = 'secured' AND i.file_bytes >= ${bytesMin}
        AND (i.recalled_until IS NULL OR i.recalled_until < ${now.toISOString()}::timestamptz)
        AND NOT EXISTS (SELECT FROM recalls r WHERE r.instance_id = i.id)
        AND (i.tier_unsettled OR i.storage_tier = 'cold' OR (${stays}))
    ) judged WHERE tier <> target OR evict OR unsettled`
}

/**
 * Originals that are due, oldest first. Inside withTenant.
 *
 * @param after the last one of the call before; those that could not be settled are not given again
 */
export async function dueOriginals(
  tx: Transaction,
  question: TierQuestion,
  after: Pick<DueOriginal, 'arrivedAt' | 'instanceId'> | null,
  limit: number,
): Promise<DueOriginal[]> {
  const { rows } = await tx.execute<{
    id: string
    orthanc_id: string
    arrived_at: Date | string
    file_bytes: string
    file_sha256: Buffer
    tier: StorageTier
    unsettled: boolean
    target: StorageTier
    evict: boolean
    image_kind: ImageKind
    pictured: boolean
  }>(sql`
    SELECT due.* FROM (${dueRows(question)}) AS due
    WHERE ${
      after === null
        ? sql`true`
        : sql`(date_trunc('milliseconds', arrived_at), id) > (${after.arrivedAt.toISOString()}::timestamptz, ${after.instanceId}::uuid)`
    }
    ORDER BY date_trunc('milliseconds', arrived_at), id LIMIT ${limit}`)
  return rows.map((row) => ({
    instanceId: row.id,
    orthancId: row.orthanc_id,
    arrivedAt: new Date(row.arrived_at),
    fileBytes: Number(row.file_bytes),
    fileSha256: row.file_sha256,
    tier: row.tier,
    unsettled: row.unsettled,
    target: row.target,
    evict: row.evict,
    imageKind: row.image_kind,
    isPictured: row.pictured,
  }))
}

/** What of a plan goes from one tier to another, and how much of it Orthanc gives up. */
export type PlannedMove = {
  from: StorageTier
  to: StorageTier
  objects: number
  bytes: number
  /** of these, whose copy in Orthanc goes */
  evicted: number
  evictedBytes: number
}

/** What the job would do now, added up. Inside withTenant. */
export async function plannedMoves(tx: Transaction, question: TierQuestion): Promise<PlannedMove[]> {
  const { rows } = await tx.execute<
    Record<'from' | 'to', StorageTier> & Record<'objects' | 'bytes' | 'evicted' | 'evicted_bytes', string>
  >(sql`
    SELECT tier AS "from", target AS "to", count(*) AS objects, sum(file_bytes) AS bytes,
      count(*) FILTER (WHERE evict) AS evicted, coalesce(sum(file_bytes) FILTER (WHERE evict), 0) AS evicted_bytes
    FROM (${dueRows(question)}) AS due WHERE tier <> target OR evict GROUP BY tier, target ORDER BY target, tier`)
  return rows.map((row) => ({
    from: row.from,
    to: row.to,
    objects: Number(row.objects),
    bytes: Number(row.bytes),
    evicted: Number(row.evicted),
    evictedBytes: Number(row.evicted_bytes),
  }))
}
