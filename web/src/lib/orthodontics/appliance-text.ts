import type { ApplianceKind } from '@bitewing/db'
import { m } from '#paraglide/messages.js'

const names = {
  bracket: m.ortho_appliance_bracket,
  tube: m.ortho_appliance_tube,
  band: m.ortho_appliance_band,
  attachment: m.ortho_appliance_attachment,
  button: m.ortho_appliance_button,
  elastic: m.ortho_appliance_elastic,
  separator: m.ortho_appliance_separator,
  expander: m.ortho_appliance_expander,
  retainer: m.ortho_appliance_retainer,
  aligner: m.ortho_appliance_aligner,
} satisfies Record<ApplianceKind, () => string>

export const appliances = [
  'bracket',
  'tube',
  'band',
  'attachment',
  'button',
  'elastic',
  'separator',
  'expander',
  'retainer',
  'aligner',
] as const satisfies readonly ApplianceKind[]

export function applianceName(kind: ApplianceKind): string {
  return names[kind]()
}

/** The first letters of its name, unlike all others: what stands on a tooth. */
export function applianceSign(kind: ApplianceKind): string {
  const name = applianceName(kind)
  for (let length = 1; length < name.length; length++) {
    const sign = name.slice(0, length)
    if (!appliances.some((each) => each !== kind && applianceName(each).startsWith(sign))) return sign
  }
  return name
}
