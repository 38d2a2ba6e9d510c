import { m } from '#paraglide/messages.js'

const names = {
  owner: m.role_owner,
  dentist: m.role_dentist,
  assistant: m.role_assistant,
  'front-desk': m.role_front_desk,
  auditor: m.role_auditor,
  operator: m.role_operator,
} as const

export function roleName(role: keyof typeof names): string {
  return names[role]()
}
