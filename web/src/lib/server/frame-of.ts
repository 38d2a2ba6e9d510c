import { readCephNorms, readPlanSettings, withTenant } from '@bitewing/db'
import type { StaffSession } from '@bitewing/db'
import { ports } from './compose.ts'
import { allowed } from './session.ts'
import { timeZoneOf } from './time-zone-of.ts'

/** What the frame of a page shows to somebody who is logged in: who they are, where, and which places are theirs. */
export async function frameOf(session: StaffSession) {
  const { db, sessions } = ports()
  return {
    user: {
      name: session.name,
      email: session.email,
      role: session.tenant?.role ?? (session.isOperator ? ('operator' as const) : null),
    },
    practice: session.tenant && {
      id: session.tenant.id,
      name: session.tenant.name,
      timeZone: await timeZoneOf(session.tenant.id),
      ...(await withTenant(db, session.tenant.id, async (tx) => ({
        notation: (await readPlanSettings(tx)).notation,
        cephNorms: await readCephNorms(tx),
      }))),
    },
    practices: (await sessions.memberships(session.userId)).map(({ tenantId, name }) => ({
      id: tenantId,
      name,
    })),
    may: {
      manageQuarantine: allowed(session, 'quarantine.manage'),
      listImages: allowed(session, 'images.list'),
      upload: allowed(session, 'images.upload'),
      readAppointments: session.tenant !== null && allowed(session, 'appointments.read'),
      bookAppointments: session.tenant !== null && allowed(session, 'appointments.write'),
      writePatients: session.tenant !== null && allowed(session, 'patients.write'),
      mergePatients: session.tenant !== null && allowed(session, 'patients.merge'),
      readPlans: session.tenant !== null && allowed(session, 'plans.read'),
      manageSettings: session.tenant !== null && allowed(session, 'settings.write'),
      share: allowed(session, 'share.create'),
      readAudit: session.tenant !== null && allowed(session, 'audit.read'),
    },
  }
}
