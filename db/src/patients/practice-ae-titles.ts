import { asc } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { aeTitles } from '../schema/index.ts'

/** The AE titles machines send to, for the page that tells how to begin. Inside withTenant. */
export async function practiceAeTitles(tx: Transaction): Promise<string[]> {
  const rows = await tx.select({ aeTitle: aeTitles.aeTitle }).from(aeTitles).orderBy(asc(aeTitles.aeTitle))
  return rows.map(({ aeTitle }) => aeTitle)
}
