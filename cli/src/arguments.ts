import { tokenScopes, tenantRoles, type TenantRole, type TokenScope } from '@bitewing/db/schema'
import { UsageError } from './usage-error.ts'
import type { Given } from './command.ts'

/** An option that must be given. */
export function needed({ options }: Given, name: string): string {
  const value = options[name]?.trim()
  if (!value) throw new UsageError(`--${name} is needed.`)
  return value
}

/** AE title, PS3.5 §6.2: 1 to 16 printable ASCII characters without backslash, not all spaces. */
export function aeTitle(text: string): string {
  if (!/^[\x21-\x5b\x5d-\x7e]([\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?$/.test(text)) {
    throw new UsageError('An AE title has 1 to 16 printable ASCII characters and no backslash.')
  }
  return text
}

export function slug(text: string): string {
  if (!/^[a-z0-9](-?[a-z0-9]){0,39}$/.test(text)) {
    throw new UsageError('A slug has up to 40 lower-case letters and digits, with single hyphens between.')
  }
  return text
}

export function scopes(text: string): TokenScope[] {
  const wanted = text.split(',').map((scope) => scope.trim())
  const known = tokenScopes.filter((scope) => wanted.includes(scope))
  if (known.length !== new Set(wanted).size) throw new UsageError(`Scopes are ${tokenScopes.join(', ')}.`)
  return known
}

export function role(text: string): TenantRole | 'operator' {
  const known = [...tenantRoles, 'operator' as const].find((one) => one === text)
  if (!known) throw new UsageError(`Roles are ${tenantRoles.join(', ')} and operator.`)
  return known
}

/** `90d`, `12h`, `30m` from now. */
export function expiry(text: string | undefined): Date | null {
  if (text === undefined) return null
  const [, amount, unit] = /^(\d{1,5})([dhm])$/.exec(text) ?? []
  const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000 }[unit ?? '']
  if (amount === undefined || unitMs === undefined || Number(amount) === 0) {
    throw new UsageError('--expires is a number and d, h or m, such as 90d.')
  }
  return new Date(Date.now() + Number(amount) * unitMs)
}

export function port(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 65535)
    throw new UsageError('--port is a number from 1 to 65535.')
  return value
}
