import { findDeletion, withTenant, type Database } from '@bitewing/db'
import { isUid } from '../dicom/uid.ts'
import { GatewayError } from '../errors.ts'
import type { InstanceScope } from './find-instance.ts'

/**
 * What to answer when nothing is found under UIDs: `gone` to the practice that had it and deleted it, `not-found` to
 * everybody else, whether another practice has it or nobody.
 *
 * @param onlyStudyId a share is told no more than that there is nothing
 */
export async function missing(
  db: Database,
  tenantId: string,
  scope: InstanceScope,
  onlyStudyId: string | null,
): Promise<GatewayError> {
  const notFound = new GatewayError('not-found', 'There is no such study, series or instance.', {
    isDenial: true,
  })
  const { study, series = study, instance = study } = scope
  if (onlyStudyId !== null || ![study, series, instance].every(isUid)) return notFound
  const deletion = await withTenant(db, tenantId, (tx) => findDeletion(tx, tenantId, scope))
  return deletion ? new GatewayError('gone', 'This was deleted.') : notFound
}
