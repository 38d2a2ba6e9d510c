import { asSystem } from '@bitewing/db'
import { sql } from 'drizzle-orm'
import type { Given } from './command.ts'
import type { Operator } from './operator.ts'

/** The practice that `--tenant` names, or all of them. */
export async function chosenTenants(
  operator: Operator,
  given: Given,
): Promise<{ id: string; slug: string }[]> {
  const slug = given.options['tenant']
  if (slug !== undefined) return [{ id: (await operator.tenant(slug)).id, slug }]
  const { rows } = await asSystem(operator.db, (tx) =>
    tx.execute<{ id: string; slug: string }>(sql`SELECT id, slug FROM door_tenants() ORDER BY slug`),
  )
  return rows
}
