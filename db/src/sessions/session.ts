import type { TenantRole } from '../schema/index.ts'

/** A logged-in member of staff and the practice they work in at the moment. */
export type StaffSession = {
  kind: 'staff'
  /** names the session in the audit log; not the secret */
  sessionId: string
  userId: string
  email: string
  name: string
  locale: 'en' | 'fr'
  isOperator: boolean
  /** null for an operator who belongs to no practice */
  tenant: { id: string; slug: string; name: string; role: TenantRole } | null
  expiresAt: Date
}
