import type { Arch } from '@bitewing/models'

/** A turn as a unit quaternion. */
export type Turn = readonly [x: number, y: number, z: number, w: number]
export type ModelView = 'front' | 'right' | 'left' | 'upper' | 'lower'
export type SectionAxis = 'across' | 'along' | 'level'

const half = Math.SQRT1_2
/** How the models are turned from the front view: to the right of the screen is the patient's left. */
export const turnOf: Readonly<Record<ModelView, Turn>> = {
  front: [0, 0, 0, 1],
  right: [0, half, 0, half],
  left: [0, -half, 0, half],
  upper: [-half, 0, 0, half],
  lower: [half, 0, 0, half],
}

/** The one turn after the other: first `b`, then `a`. */
export function turned([ax, ay, az, aw]: Turn, [bx, by, bz, bw]: Turn): Turn {
  return [
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
    aw * bw - ax * bx - ay * by - az * bz,
  ]
}

/** About an axis of the screen, to the right, down or clockwise, in degrees. */
export function turnBy(right: number, down: number): Turn {
  const [x, y] = [(down * Math.PI) / 360, (right * Math.PI) / 360]
  const angle = Math.hypot(x, y)
  if (angle === 0) return turnOf.front
  const by = Math.sin(angle) / angle
  return [x * by, y * by, 0, Math.cos(angle)]
}

/** How models are looked at; shared by those that are compared. */
export class ModelLook {
  turn = $state.raw<Turn>(turnOf.front)
  /** 1: all of them fills the stage */
  zoom = $state(1)
  pan = $state.raw<readonly [x: number, y: number]>([0, 0])
  /** the standard view that is shown; null once it was turned */
  view = $state<ModelView | null>('front')
  isApart = $state(false)
  hidden = $state.raw<readonly Arch[]>([])
  section = $state.raw<{ axis: SectionAxis; at: number } | null>(null)
  tool = $state<'turn' | 'measure'>('turn')

  show(view: ModelView): void {
    this.view = view
    this.turn = turnOf[view]
    this.pan = [0, 0]
    this.zoom = 1
    this.hidden = view === 'upper' ? ['lower'] : view === 'lower' ? ['upper'] : []
  }
  turnFurther(right: number, down: number): void {
    this.view = null
    this.turn = turned(turnBy(right, down), this.turn)
  }
  zoomBy(by: number): void {
    this.zoom = Math.min(20, Math.max(0.3, this.zoom * by))
  }
  toggle(arch: Arch): void {
    this.hidden = this.hidden.includes(arch)
      ? this.hidden.filter((each) => each !== arch)
      : [...this.hidden, arch]
  }
  reset(): void {
    this.show('front')
    this.isApart = false
    this.section = null
  }
}
