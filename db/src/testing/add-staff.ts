import { createUser } from '../operator/create-user.ts'
import type { Staff } from '../plans/staff.ts'
import type { TenantRole } from '../schema/index.ts'
import type { DatabaseOfTests } from './test-database.ts'

/** A practice with one person, for tests. @returns as whom they act */
export async function addStaff(
  { owner, tenant }: DatabaseOfTests,
  slug: string,
  role: TenantRole = 'dentist',
): Promise<Staff> {
  const { id: tenantId } = await tenant(slug)
  const { id: userId } = await createUser(owner, {
    email: `${role}@${slug}.example`,
    name: `Dentist of ${slug}`,
    password: 'correct horse battery',
    isOperator: false,
    locale: 'fr',
    membership: { tenantId, role },
  })
  return { tenantId, userId, sessionId: null, address: null }
}
