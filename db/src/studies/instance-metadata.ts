import { inArray } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { instances } from '../schema/index.ts'

/** Metadata of instances as DICOM JSON objects by our id: what a comparison is judged by. Inside withTenant. */
export async function instanceMetadata(
  tx: Transaction,
  instanceIds: string[],
): Promise<Map<string, Record<string, unknown>>> {
  if (instanceIds.length === 0) return new Map()
  const rows = await tx
    .select({ id: instances.id, metadata: instances.metadata })
    .from(instances)
    .where(inArray(instances.id, instanceIds))
  return new Map(rows.map(({ id, metadata }) => [id, objectOf(JSON.parse(metadata))]))
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
