import { and, desc, eq, gte, inArray, lt, sql, type SQL } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userNames } from '../people/user-names.ts'
import { apiTokens, auditEvents, devices, memberships, patients, shares, studies } from '../schema/index.ts'
import type { AuditActor } from './audit-event.ts'

export type AuditTrailFilter = {
  /** id of a member of staff, a token or a share; AE title of a device */
  actorId?: string | undefined
  /** any of these patients */
  patientIds?: readonly string[] | undefined
  /** from this moment on */
  from?: Date | undefined
  /** before this moment */
  to?: Date | undefined
}

export type AuditTrailEntry = {
  /** 1, 2, 3 … in the practice's chain */
  position: number
  at: Date
  kind: string
  outcome: 'success' | 'denied' | 'failure'
  /** `name` is null for what is not there any more, and for nobody in particular */
  actor: { kind: AuditActor['kind']; id: string | null; name: string | null }
  sessionId: string | null
  address: string | null
  /** of records that have gone into another one, that one */
  patient: { id: string; familyName: string; givenName: string } | null
  study: { id: string; studyDate: string | null; description: string } | null
  detail: Record<string, string | number | boolean | null>
}

/**
 * A practice's audit trail as people read it, newest first. Names are looked up now: the trail itself holds ids.
 * Inside withTenant.
 *
 * @param before position to go on from, exclusive; null starts at the newest
 * @param limit  entries at most
 */
export async function readAuditTrail(
  tx: Transaction,
  { filter, before, limit }: { filter: AuditTrailFilter; before: number | null; limit: number },
): Promise<AuditTrailEntry[]> {
  const wanted = conditions(filter)
  const rows = await tx
    .select()
    .from(auditEvents)
    .where(and(...wanted, before === null ? undefined : lt(auditEvents.position, before)))
    .orderBy(desc(auditEvents.position))
    .limit(limit)

  const of = (ids: (string | null)[]) => [...new Set(ids.filter((id) => id !== null))]
  const actors = (kind: AuditActor['kind']) =>
    of(rows.map(({ actorKind, actorId }) => (actorKind === kind ? actorId : null)))
  const named = of(rows.map(({ patientId }) => patientId))
  const gone =
    named.length === 0
      ? []
      : (
          await tx.execute<{ id: string; into: string | null }>(
            sql`SELECT id, door_merged_into(id) AS into FROM unnest(${sql.param(named)}::uuid[]) AS id`,
          )
        ).rows
  const nowOf = new Map(gone.map(({ id, into }) => [id, into ?? id]))
  const patientIds = of([...nowOf.values()])
  const studyIds = of(rows.map(({ studyId }) => studyId))
  const foundPatients =
    patientIds.length === 0
      ? []
      : await tx
          .select({ id: patients.id, familyName: patients.familyName, givenName: patients.givenName })
          .from(patients)
          .where(inArray(patients.id, patientIds))
  const foundStudies =
    studyIds.length === 0
      ? []
      : await tx
          .select({ id: studies.id, studyDate: studies.studyDate, description: studies.studyDescription })
          .from(studies)
          .where(inArray(studies.id, studyIds))
  const [userIds, tokenIds, shareIds] = [actors('user'), actors('token'), actors('share')]
  const names = [
    ...(await userNames(tx, userIds)),
    ...(tokenIds.length === 0
      ? []
      : await tx
          .select({ id: apiTokens.id, name: apiTokens.name })
          .from(apiTokens)
          .where(inArray(apiTokens.id, tokenIds))),
    ...(shareIds.length === 0
      ? []
      : await tx
          .select({ id: shares.id, name: shares.recipient })
          .from(shares)
          .where(inArray(shares.id, shareIds))),
  ]

  return rows.map((row): AuditTrailEntry => {
    const { position, at, kind, outcome, sessionId, address, detail, actorKind, actorId } = row
    return {
      position,
      at,
      kind,
      outcome,
      actor: {
        kind: actorKind,
        id: actorId,
        name: actorKind === 'device' ? actorId : (names.find(({ id }) => id === actorId)?.name ?? null),
      },
      sessionId,
      address,
      patient: foundPatients.find(({ id }) => id === nowOf.get(row.patientId ?? '')) ?? null,
      study: foundStudies.find(({ id }) => id === row.studyId) ?? null,
      detail,
    }
  })
}

/** Staff and machines of the practice, to choose from: who has left is found by their entries. Inside withTenant. */
export async function auditActors(
  tx: Transaction,
): Promise<{ id: string; kind: 'user' | 'device'; name: string }[]> {
  const members = await tx.select({ id: memberships.userId }).from(memberships)
  const names = await userNames(
    tx,
    members.map(({ id }) => id),
  )
  const machines = await tx.selectDistinct({ aeTitle: devices.aeTitle }).from(devices)
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)
  return [
    ...names.map(({ id, name }) => ({ id, kind: 'user' as const, name })).sort(byName),
    ...machines.map(({ aeTitle }) => ({ id: aeTitle, kind: 'device' as const, name: aeTitle })).sort(byName),
  ]
}

function conditions({ actorId, patientIds, from, to }: AuditTrailFilter): SQL[] {
  // row-level security allows this chain alone; saying it lets the planner take the indexes
  return [
    sql`${auditEvents.chainId} = current_audit_chain()`,
    ...(actorId === undefined ? [] : [eq(auditEvents.actorId, actorId)]),
    // with what was recorded of records that have gone into theirs
    ...(patientIds === undefined
      ? []
      : [
          sql`${auditEvents.patientId} = ANY(ARRAY(SELECT door_with_merged(${sql.param([...patientIds])}::uuid[])))`,
        ]),
    ...(from === undefined ? [] : [gte(auditEvents.at, from)]),
    ...(to === undefined ? [] : [lt(auditEvents.at, to)]),
  ]
}
