import { sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import type { OrthodonticMeasure } from './orthodontic-content.ts'

type NamedMeasure = Pick<OrthodonticMeasure, 'name' | 'unit' | 'normal'>

/**
 * The measures that a practice uses in its orthodontic cases, the most used first: what is offered where one is added,
 * so that they are called alike. Inside withTenant.
 */
export async function practiceMeasures(tx: Transaction): Promise<NamedMeasure[]> {
  const { rows } = await tx.execute<NamedMeasure>(sql`
    SELECT measure->>'name' AS name, measure->>'unit' AS unit,
      CASE WHEN jsonb_typeof(measure->'normal') = 'array' THEN measure->'normal' END AS normal
    FROM orthodontic_cases, jsonb_array_elements(content->'measures') AS measure
    GROUP BY 1, 2, 3
    ORDER BY count(*) DESC, 1
    LIMIT 60`)
  return rows
}
