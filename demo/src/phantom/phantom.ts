import type { Arch } from './arch.ts'
import { createArch } from './arch.ts'
import type { Bone } from './bone.ts'
import { createBone } from './bone.ts'
import type { Braces } from './braces.ts'
import { createBraces } from './braces.ts'
import type { DentitionPlan, Phase, PlacedTooth } from './dentition.ts'
import { createDentition, openMouth } from './dentition.ts'
import { createRandom } from './noise.ts'

/**
 * The mouth of one invented patient at one phase, as solids in DICOM's patient axes (mm; x left, y back, z up).
 * The origin is on the chewing plane just in front of the upper incisors.
 */
export type Phantom = {
  plan: DentitionPlan
  phase: Phase
  /** Gap in mm by which the mandible is lowered for this exposure (bite block, wax, closed = 0). */
  gapMm: number
  teeth: readonly PlacedTooth[]
  /** Brackets and wires; null before and after the treatment, or where it is done without. */
  braces: Braces | null
  bone: Bone
  /** The curve in the middle of both arches, on to the condyles: the panoramic machine's sharp layer. */
  trough: Arch
  /** Bone density as `Bone` gives it, with the mandible in its place for this gap. */
  density(x: number, y: number, z: number): number
}

/** What depends on the seed alone, and takes a tenth of a second to tabulate. */
function createSkeleton(seed: number) {
  const archScale = createRandom(seed ^ 0x0a2c).between(0.97, 1.03)
  const trough = createArch(
    [
      [0, 4.4],
      [8.2, 5.7],
      [14.3, 10],
      [18.4, 16.5],
      [21.4, 24.4],
      [24.2, 34],
      [26.4, 44],
      [28.6, 54],
      [32, 64],
      [37.5, 74],
      [43.5, 84],
      [49.5, 93],
      [55, 101],
      [60, 108],
    ].map(([x = 0, y = 0]): [number, number] => [x * archScale, y * archScale]),
  )
  return { bone: createBone(seed, archScale), trough }
}

const skeletons = new Map<number, ReturnType<typeof createSkeleton>>()
const SKELETONS_MAX = 4

/** Builds the phantom. The same plan, phase and gap give the same solids on every machine. */
export function createPhantom(plan: DentitionPlan, phase: Phase, gapMm: number): Phantom {
  let skeleton = skeletons.get(plan.seed)
  if (!skeleton) {
    skeleton = createSkeleton(plan.seed)
    const [oldest] = skeletons.keys()
    if (skeletons.size >= SKELETONS_MAX && oldest !== undefined) skeletons.delete(oldest)
    skeletons.set(plan.seed, skeleton)
  }
  const { bone, trough } = skeleton
  const teeth = openMouth(
    createDentition(plan, { upper: bone.upperArch, lower: bone.lowerArch }, phase),
    gapMm,
  )
  const forward = gapMm * 0.3
  function density(x: number, y: number, z: number) {
    const low = bone.mandible(x, y + forward, z + gapMm)
    if (low > 0.02) return low
    const high = bone.upper(x, y, z)
    return high > low || high < 0 ? high : low
  }
  const braces = plan.braces && phase === 'T1' ? createBraces(teeth) : null
  return { plan, phase, gapMm, teeth, braces, bone, trough, density }
}
