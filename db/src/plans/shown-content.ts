import { and, desc, eq, ne } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import type { PlanContent } from '../plan-rules/index.ts'
import { planVersions } from '../schema/index.ts'

/** What holds of a plan: its newest version that was shown; null where none was. Inside withTenant. */
export async function shownContent(tx: Transaction, planId: string): Promise<PlanContent | null> {
  const [version] = await tx
    .select({ content: planVersions.content })
    .from(planVersions)
    .where(and(eq(planVersions.planId, planId), ne(planVersions.state, 'draft')))
    .orderBy(desc(planVersions.number))
    .limit(1)
  return version?.content ?? null
}
