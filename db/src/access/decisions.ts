import type { TenantRole, TokenScope } from '../schema/index.ts'

/** What someone may want to do; the rows of the table "Who may do what". */
export type Action =
  | 'patients.read'
  | 'patients.write'
  | 'patients.merge' // make one record of two, and two of one
  | 'appointments.read'
  | 'appointments.write' // book, move, cancel, say who has come
  | 'images.list' // that they exist, with dates and types
  | 'images.read'
  | 'images.upload'
  | 'images.delete'
  | 'images.annotate' // draw and measure on them
  | 'comparisons.write' // what is compared and kept
  | 'mounts.write' // which image lies where in a mount
  | 'orthodontics.write' // dates, visits and measures of an orthodontic treatment
  | 'teeth.read' // what was found on a patient's teeth
  | 'teeth.write' // record it, end it
  | 'ai-findings.review' // accept or reject what software found
  | 'plans.read'
  | 'plans.draft' // write what nobody was shown yet
  | 'plans.present' // show it to the patient, have it signed, move its items on
  | 'share.create'
  | 'audit.read'
  | 'audit.read-own' // of patients whom one treats
  | 'settings.write'
  | 'quarantine.manage'

export type Actor =
  | { kind: 'staff'; role: TenantRole | null; isOperator: boolean }
  | { kind: 'token'; scopes: readonly TokenScope[] }

const clinical = ['owner', 'dentist', 'assistant'] as const

const roles = {
  'patients.read': ['owner', 'dentist', 'assistant', 'front-desk', 'auditor'],
  'patients.write': ['owner', 'dentist', 'assistant', 'front-desk'],
  'patients.merge': ['owner', 'dentist'],
  'appointments.read': ['owner', 'dentist', 'assistant', 'front-desk'],
  'appointments.write': ['owner', 'dentist', 'assistant', 'front-desk'],
  'images.list': ['owner', 'dentist', 'assistant', 'front-desk'],
  'images.read': clinical,
  'images.upload': clinical,
  'images.delete': ['owner', 'dentist'],
  'images.annotate': clinical,
  'comparisons.write': clinical,
  'mounts.write': clinical,
  'orthodontics.write': clinical,
  'teeth.read': clinical,
  'teeth.write': clinical,
  'ai-findings.review': ['owner', 'dentist'],
  'plans.read': ['owner', 'dentist', 'assistant', 'front-desk'],
  'plans.draft': clinical,
  'plans.present': ['owner', 'dentist'],
  'share.create': clinical,
  'audit.read': ['owner', 'auditor'],
  'audit.read-own': ['dentist'],
  'settings.write': ['owner'],
  'quarantine.manage': [],
} as const satisfies Record<Action, readonly TenantRole[]>

const scopes = {
  'patients.read': 'read',
  'patients.write': 'write',
  'patients.merge': null,
  'appointments.read': null,
  'appointments.write': null,
  'images.list': 'read',
  'images.read': 'read',
  'images.upload': 'write',
  'images.delete': 'delete',
  'images.annotate': 'write',
  'comparisons.write': null,
  'mounts.write': null,
  'orthodontics.write': null,
  'teeth.read': null,
  'teeth.write': null,
  'ai-findings.review': null,
  'plans.read': null,
  'plans.draft': null,
  'plans.present': null,
  'share.create': null,
  'audit.read': null,
  'audit.read-own': null,
  'settings.write': null,
  'quarantine.manage': null,
} as const satisfies Record<Action, TokenScope | null>

/** Whether an actor may do an action within its own practice. Pure; the one place where the table is decided. */
export function mayDo(actor: Actor, action: Action): boolean {
  if (actor.kind === 'token') {
    const scope = scopes[action]
    return scope !== null && actor.scopes.includes(scope)
  }
  if (action === 'quarantine.manage') return actor.isOperator
  const allowed: readonly TenantRole[] = roles[action]
  return actor.role !== null && allowed.includes(actor.role)
}
