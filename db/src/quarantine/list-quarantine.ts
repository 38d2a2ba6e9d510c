import { and, count, desc, isNull, max, min, sum } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { quarantinedArrivals, type QuarantineReason } from '../schema/index.ts'
import { asSystem } from '../tenancy/as-system.ts'

/** Arrivals of no practice from one sender under one called AE title: what an operator may know of them. */
export type QuarantineGroup = {
  calledAeTitle: string
  callingAeTitle: string
  remoteAddress: string
  reason: QuarantineReason
  count: number
  bytes: number
  firstAt: Date
  lastAt: Date
}

/** Everything that waits for an operator, newest first. */
export async function listQuarantine(db: Database): Promise<QuarantineGroup[]> {
  const { calledAeTitle, callingAeTitle, remoteAddress, reason, bytes, arrivedAt, assignedTenantId } =
    quarantinedArrivals
  const rows = await asSystem(db, (tx) =>
    tx
      .select({
        calledAeTitle,
        callingAeTitle,
        remoteAddress,
        reason,
        count: count(),
        bytes: sum(bytes).mapWith(Number),
        firstAt: min(arrivedAt),
        lastAt: max(arrivedAt),
      })
      .from(quarantinedArrivals)
      .where(and(isNull(assignedTenantId)))
      .groupBy(calledAeTitle, callingAeTitle, remoteAddress, reason)
      .orderBy(desc(max(arrivedAt))),
  )
  return rows.flatMap(({ firstAt, lastAt, ...row }) =>
    firstAt && lastAt ? [{ ...row, firstAt, lastAt }] : [],
  )
}
