import type { PlacedTooth } from './dentition.ts'
import type { ToothField } from './tooth-form.ts'

/**
 * Linear attenuation above that of soft tissue, 1/mm, near 50 keV effective energy. The figures are rounded
 * from tables of densities and mass attenuation coefficients; metals are cut off where a sensor would be blind.
 */
const attenuation = {
  air: -0.021,
  trabecularPerDensity: 0.044,
  cortical: 0.044,
  dentin: 0.058,
  enamel: 0.122,
  amalgam: 0.8,
  composite: 0.12,
  crown: 0.6,
  'root-filling': 0.42,
} as const

/** Attenuation of bone of a given density (see `Bone`). */
export function boneAttenuation(density: number): number {
  return density < 0 ? -density * attenuation.air : density * attenuation.cortical
}

/**
 * What the tooth, its ligament gap and the hard socket wall add to the attenuation of the bone they stand in, at one
 * sample of a ray.
 *
 * @param field signed distances at the sample
 * @param step  length of the sample, mm: borders are ramps of this width, so that a sum over samples is smooth
 * @param bone  attenuation of the bone there without the tooth
 */
export function toothAttenuation(
  tooth: PlacedTooth,
  field: ToothField,
  step: number,
  bone: number,
  root: boolean,
): number {
  const width = step * 1.15 + 0.05
  const inside = cover(field.outer, width)
  if (inside <= 0) {
    // Ligament 0.22 mm wide, then the socket wall (lamina dura).
    if (!root || bone <= 0.004) return 0
    const gap = cover(field.outer - 0.24, width)
    const wall = cover(field.outer - 0.62, width) - gap
    return -bone * gap + Math.max(0, attenuation.cortical * 1.25 - bone) * wall
  }
  const enamel = attenuation.enamel
  let mu = enamel + (attenuation.dentin - enamel) * cover(field.dentin, width)
  mu -= mu * cover(field.pulp, width)
  if (field.filling < 90) {
    const amount = cover(field.filling, width)
    if (amount > 0) {
      const metal = tooth.form.fillings[0]?.material ?? 'amalgam'
      mu += (attenuation[fieldMaterial(tooth, metal)] - mu) * amount
    }
  }
  return inside * (mu - bone)
}

function fieldMaterial(tooth: PlacedTooth, first: 'amalgam' | 'composite' | 'crown' | 'root-filling') {
  return tooth.form.fillings.some((f) => f.material === 'crown') ? 'crown' : first
}

function cover(distance: number, width: number): number {
  const t = 0.5 - distance / width
  return t < 0 ? 0 : t > 1 ? 1 : t
}
