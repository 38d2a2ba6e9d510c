import type { PhotographView } from './mount-templates.ts'

/** What an image's codes say of where it was taken from. */
export type ImageView = {
  /** of an X-ray, as the image names it; null when it names none or both */
  side: 'right' | 'left' | null
  /** of a photograph whose codes are those of one view of the composite; null for any other and for incomplete codes */
  view: PhotographView | null
  /** taken in a mirror and not turned back: PS3.3 View Modifier Code Sequence (0054,0222) */
  inMirror: boolean
}

type DataSet = Readonly<Record<string, unknown>>

/** SNOMED CT codes of CP-1570's context groups 4061 to 4066. */
const codes = {
  frontal: '399033003',
  rightLateral: '399198007',
  leftLateral: '399173006',
  occlusal: '260499007',
  face: '89545001',
  mouth: '74262004',
  cheek: '261063000',
  upperArch: '39481002',
  lowerArch: '88176008',
  centricOcclusion: '110320000',
  right: '24028007',
  left: '7771000',
} as const
const lipsClosed = ['1336029003', '787607005']
const smile = ['225583004']
const mouthOpen = ['262016004']
const uncorrectedMirrors = ['789135000', '789134001', '789132002', '789133007']
const correctedMirrors = ['787610003', '789310004', '789311000', '789312007']
const dentalOcclusion = '25272006'
const mirrorDevice = '47162009'

type Codes = { view: string; structure: string; conditions: readonly string[]; side?: string }

/**
 * The codes of each view of the composite. A condition that is not named here (lips relaxed, tongue thrust, a ruler) makes
 * another view of it.
 */
const views: Readonly<Record<PhotographView, Codes>> = {
  EV03: { view: codes.rightLateral, structure: codes.face, conditions: lipsClosed, side: codes.right },
  EV17: { view: codes.frontal, structure: codes.face, conditions: lipsClosed },
  EV19: { view: codes.frontal, structure: codes.face, conditions: smile },
  IV25: { view: codes.occlusal, structure: codes.upperArch, conditions: mouthOpen },
  IV27: { view: codes.occlusal, structure: codes.lowerArch, conditions: mouthOpen },
  IV01: { view: codes.rightLateral, structure: codes.cheek, conditions: [], side: codes.right },
  IV07: { view: codes.frontal, structure: codes.mouth, conditions: [] },
  IV18: { view: codes.leftLateral, structure: codes.cheek, conditions: [], side: codes.left },
}
/** Faces are told apart by their lips; an open mouth goes without saying in an occlusal view. */
const conditionsNeeded: ReadonlySet<PhotographView> = new Set<PhotographView>(['EV03', 'EV17', 'EV19'])

/**
 * Reads the view from an instance's DICOM JSON (PS3.18 Annex F). Nothing in it is trusted, and nothing is guessed: whether
 * a photograph was taken in a mirror decides its sides, not which view it is.
 *
 * @see DICOM CP-1570 for photographs; PS3.3 §C.8.11.2 Image Laterality for X-rays
 */
export function imageView(metadata: DataSet): ImageView {
  const laterality = text(metadata, '00200062') || text(metadata, '00200060')
  const viewItems = items(metadata, '00540220')
  const modifiers = [metadata, ...viewItems].flatMap((each) => codesOf(each, '00540222'))
  return {
    side: laterality === 'R' ? 'right' : laterality === 'L' ? 'left' : null,
    view: photographView(metadata, modifiers),
    inMirror: modifiers.some((code) => uncorrectedMirrors.includes(code)),
  }
}

function photographView(metadata: DataSet, modifiers: readonly string[]): PhotographView | null {
  const [view, ...otherViews] = codesOf(metadata, '00540220')
  const structures = items(metadata, '00082228')
  const [structure, ...otherStructures] = codesOf(metadata, '00082228')
  if (view === undefined || structure === undefined || otherViews.length + otherStructures.length > 0)
    return null
  const regions = items(metadata, '00082218')
  const sides = [
    ...[metadata, ...structures].flatMap((each) => codesOf(each, '00082230')),
    ...[metadata, ...regions].flatMap((each) => codesOf(each, '00082220')),
  ].filter((code) => code === codes.right || code === codes.left)

  const context = items(metadata, '00400555')
  const occlusions = context.filter(isOcclusion).flatMap(valueOf)
  if (occlusions.some((code) => code !== codes.centricOcclusion)) return null
  const mirrors = [...uncorrectedMirrors, ...correctedMirrors]
  const conditions = [
    ...context.filter((each) => !isOcclusion(each)).flatMap(valueOf),
    ...modifiers.filter((code) => !mirrors.includes(code)),
    ...codesOf(metadata, '00500010').filter((code) => code !== mirrorDevice),
  ]

  const found = names.find(
    (name) => views[name].view === view && views[name].structure === structure && fits(name),
  )
  return found ?? null

  function fits(name: PhotographView): boolean {
    const { conditions: own, side } = views[name]
    return (
      conditions.every((code) => own.includes(code)) &&
      (conditions.length > 0 || !conditionsNeeded.has(name)) &&
      sides.every((code) => code === side)
    )
  }
}

const names: readonly PhotographView[] = ['EV03', 'EV17', 'EV19', 'IV25', 'IV27', 'IV01', 'IV07', 'IV18']

function isOcclusion(item: DataSet): boolean {
  return codesOf(item, '0040A043').includes(dentalOcclusion)
}
function valueOf(item: DataSet): string[] {
  return codesOf(item, '0040A168')
}
function values(dataSet: DataSet, tag: string): unknown[] {
  const attribute = dataSet[tag]
  if (typeof attribute !== 'object' || attribute === null || !('Value' in attribute)) return []
  return Array.isArray(attribute.Value) ? attribute.Value : []
}
function items(dataSet: DataSet, tag: string): DataSet[] {
  return values(dataSet, tag).flatMap((value) =>
    typeof value === 'object' && value !== null ? [{ ...value }] : [],
  )
}
/** Code Values (0008,0100) of a code sequence. */
function codesOf(dataSet: DataSet, tag: string): string[] {
  return items(dataSet, tag)
    .map((item) => text(item, '00080100'))
    .filter((code) => code !== '')
}
function text(dataSet: DataSet, tag: string): string {
  const [value] = values(dataSet, tag)
  return typeof value === 'string' ? value.trim() : ''
}
