import type { PatientAlert } from '@bitewing/db'
import { m } from '#paraglide/messages.js'

const kinds: Readonly<Record<PatientAlert['kind'], () => string>> = {
  allergy: m.alert_kind_allergy,
  medication: m.alert_kind_medication,
  pregnancy: m.alert_kind_pregnancy,
  pacemaker: m.alert_kind_pacemaker,
  other: m.alert_kind_other,
}

export const alertKinds = Object.keys(kinds) as PatientAlert['kind'][] // its own keys

export function alertKindName(kind: PatientAlert['kind']): string {
  return kinds[kind]()
}

/** `Allergy: penicillin`; the kind alone where it says all, the text alone for what is of no kind. */
export function alertText({ kind, text }: Pick<PatientAlert, 'kind' | 'text'>): string {
  if (text === '') return kinds[kind]()
  return kind === 'other' ? text : m.alert_line({ kind: kinds[kind](), text })
}
