import type { AwaitedImage, MountTemplate } from '@bitewing/db'
import type { ImageKind } from '#lib/image.ts'
import type { PhotographView } from '#lib/orthodontics/photograph-views.ts'

/** What a cell waits for. */
export type Awaited = AwaitedImage

export type MountCell = {
  /** in the order of exposure, 1-based */
  number: number
  /** from the upper left of the layout, as one looks at the patient: the patient's right is at the left */
  x: number
  y: number
  width: number
  height: number
  awaits: Awaited
  /** from the top, 0-based; without it the row follows from where the cell lies */
  row?: number
}

/** Lengths of cells and layout are in long sides of a sensor; `rows`: how many captions lie beneath each other. */
export type MountLayout = { width: number; height: number; rows: number; cells: readonly MountCell[] }

const [long, short] = [1, 0.765] as const

/** The usual composite of eight orthodontic photographs. */
const composite: readonly MountCell[] = [
  photograph(1, 0, 0, 'EV03'),
  photograph(2, 1, 0, 'EV17'),
  photograph(3, 2, 0, 'EV19'),
  photograph(4, 0, 1, 'IV25'),
  photograph(5, 2, 1, 'IV27'),
  photograph(6, 0, 1.75, 'IV01'),
  photograph(7, 1, 1.75, 'IV07'),
  photograph(8, 2, 1.75, 'IV18'),
]

/**
 * Layouts of film mounts: the 18-film full-mouth series, four and two bitewings as practices hang them, and the usual
 * composite of eight orthodontic photographs. Teeth of a cell and order of exposure (bitewings first) are facts of
 * practice; they agree with the mounts that Open Dental 24.3 makes. A sensor's turn on exposure is not among them: files
 * come upright.
 */
export const mountLayouts: Readonly<Record<MountTemplate, MountLayout>> = {
  'full-mouth-18': {
    width: 6.295,
    height: 2.295,
    rows: 3,
    cells: [
      lying(1, 0, 0.765, bitewing('17', '16', '46', '47')),
      lying(2, 1, 0.765, bitewing('15', '14', '44', '45')),
      lying(3, 5.295, 0.765, bitewing('26', '27', '37', '36')),
      lying(4, 4.295, 0.765, bitewing('24', '25', '35', '34')),
      lying(5, 0, 0, periapical('17', '16')),
      lying(6, 1, 0, periapical('15', '14')),
      lying(7, 5.295, 1.53, periapical('37', '36')),
      lying(8, 4.295, 1.53, periapical('35', '34')),
      lying(9, 0, 1.53, periapical('46', '47')),
      lying(10, 1, 1.53, periapical('44', '45')),
      lying(11, 5.295, 0, periapical('26', '27')),
      lying(12, 4.295, 0, periapical('24', '25')),
      standing(13, 2, 0, periapical('13', '12')),
      standing(14, 2.765, 0, periapical('11', '21')),
      standing(15, 3.53, 0, periapical('22', '23')),
      standing(16, 2, 1.295, periapical('42', '43')),
      standing(17, 2.765, 1.295, periapical('31', '41')),
      standing(18, 3.53, 1.295, periapical('33', '32')),
    ],
  },
  'bitewings-4': {
    width: 4,
    height: short,
    rows: 1,
    cells: [
      lying(1, 0, 0, bitewing('17', '16', '46', '47')),
      lying(2, 1, 0, bitewing('15', '14', '44', '45')),
      lying(3, 3, 0, bitewing('26', '27', '37', '36')),
      lying(4, 2, 0, bitewing('24', '25', '35', '34')),
    ],
  },
  'bitewings-2': {
    width: 2,
    height: short,
    rows: 1,
    cells: [
      lying(1, 0, 0, bitewing('17', '16', '15', '14', '44', '45', '46', '47')),
      lying(2, 1, 0, bitewing('24', '25', '26', '27', '37', '36', '35', '34')),
    ],
  },
  'photographs-8': { width: 3, height: 2.5, rows: 3, cells: composite },
  'orthodontic-records': {
    width: 3,
    height: 3.55,
    rows: 4,
    cells: [
      ...composite,
      { number: 9, x: 0, y: 2.5, width: 1.95, height: 1.05, awaits: { kind: 'panoramic' } },
      { number: 10, x: 1.95, y: 2.5, width: 1.05, height: 1.05, awaits: { kind: 'cephalogram' } },
      { number: 11, x: 1, y: 1, width: 1, height: 0.75, awaits: { kind: 'model' } },
    ],
  },
}

const photographs = ['intraoral-photograph', 'face-photograph', 'photograph'] as const
const everyKind = [
  ...photographs,
  'bitewing',
  'periapical',
  'panoramic',
  'cephalogram',
  'model',
  'other',
] as const

/** Which kinds of image a mount is made of; a periapical in a mount of bitewings is somebody's mistake or choice. */
export function kindsOf({ cells }: MountLayout): ReadonlySet<ImageKind> {
  return new Set(
    cells.flatMap(({ awaits: { kind } }): readonly ImageKind[] =>
      kind === 'photograph' ? photographs : kind === 'free' ? everyKind : [kind],
    ),
  )
}

/** A mount of X-rays alone: the patient's right is at its left. */
export function isFilmLayout({ cells }: MountLayout): boolean {
  return cells.every(({ awaits }) => 'teeth' in awaits)
}

/** How many rows of captions lie above a cell. */
export function captionsAbove({ height, rows }: MountLayout, cell: MountCell): number {
  if (cell.row !== undefined) return cell.row
  return rows < 2 ? 0 : Math.round((cell.y / (height - cell.height)) * (rows - 1))
}

function lying(number: number, x: number, y: number, awaits: Awaited): MountCell {
  return { number, x, y, width: long, height: short, awaits }
}
function standing(number: number, x: number, y: number, awaits: Awaited): MountCell {
  return { number, x, y, width: short, height: long, awaits }
}
function bitewing(...teeth: string[]): Awaited {
  return { kind: 'bitewing', teeth }
}
function periapical(...teeth: string[]): Awaited {
  return { kind: 'periapical', teeth }
}
/** Faces stand in cells of a square, mouths in lying ones. */
function photograph(number: number, x: number, y: number, view: PhotographView): MountCell {
  return { number, x, y, width: 1, height: y === 0 ? 1 : 0.75, awaits: { kind: 'photograph', view } }
}
