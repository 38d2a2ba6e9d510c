import { codesOf, items, type DataSet } from '#lib/mounts/dicom-json.ts'
import {
  orthodonticViews,
  type Mirror,
  type OrthodonticView,
  type ViewState,
  type ViewSubject,
} from './photograph-views.ts'

/** SNOMED CT codes of CP-1570's context groups 4061 to 4072. */
const codes = {
  frontal: '399033003',
  rightLateral: '399198007',
  leftLateral: '399173006',
  oblique: '260454004',
  submentovertical: '399255003',
  vertex: '260461000',
  occlusal: '260499007',
  face: '89545001',
  mouth: '74262004',
  cheek: '261063000',
  upperArch: '39481002',
  lowerArch: '88176008',
  right: '24028007',
  left: '7771000',
} as const
/** By codes that are a stranger's: a map has no keys but its own. */
const bites: ReadonlyMap<string, ViewState> = new Map([
  ['110320000', 'co'],
  ['736783005', 'cr'],
])
const conditions: ReadonlyMap<string, ViewState> = new Map([
  ['1336028006', 'relaxed'],
  ['789314008', 'relaxed'],
  ['1336029003', 'closed'],
  ['787607005', 'closed'],
  ['225583004', 'smile'],
  ['1336026005', 'forward'],
  ['787611004', 'forward'],
  ['1332210001', 'apart'],
  ['789130005', 'apart'],
  ['262016004', 'open'],
  ['110343009', 'tongue'],
  ['193093009', 'nerve'],
])
const mirrors: ReadonlyMap<string, Mirror> = new Map([
  ['789135000', 'uncorrected'],
  ['789134001', 'uncorrected'],
  ['789132002', 'uncorrected'],
  ['789133007', 'uncorrected'],
  ['787610003', 'corrected'],
  ['789310004', 'corrected'],
  ['789311000', 'corrected'],
  ['789312007', 'corrected'],
])
/** What says no more than the view itself does: the mirror, the 45° of an oblique face. */
const silent = ['47162009', '1332162007', '787612006', '53535004']
const dentalOcclusion = '25272006'

/** Subjects that codes tell apart. Others have the codes of these (`front-below`), or too many to be certain. */
const subjects: Readonly<Partial<Record<ViewSubject, { view: string; structure: string; side?: string }>>> = {
  'right-profile': { view: codes.rightLateral, structure: codes.face, side: codes.right },
  'left-profile': { view: codes.leftLateral, structure: codes.face, side: codes.left },
  'right-oblique': { view: codes.oblique, structure: codes.face, side: codes.right },
  'left-oblique': { view: codes.oblique, structure: codes.face, side: codes.left },
  face: { view: codes.frontal, structure: codes.face },
  'face-below': { view: codes.submentovertical, structure: codes.face },
  'face-above': { view: codes.vertex, structure: codes.face },
  'right-buccal': { view: codes.rightLateral, structure: codes.cheek, side: codes.right },
  'left-buccal': { view: codes.leftLateral, structure: codes.cheek, side: codes.left },
  front: { view: codes.frontal, structure: codes.mouth },
  'right-overjet': { view: codes.rightLateral, structure: codes.mouth, side: codes.right },
  'left-overjet': { view: codes.leftLateral, structure: codes.mouth, side: codes.left },
  'upper-occlusal': { view: codes.occlusal, structure: codes.upperArch },
  'lower-occlusal': { view: codes.occlusal, structure: codes.lowerArch },
}
/** What goes without saying of a subject: the usual bite, an open mouth in an occlusal view. */
const unsaid: readonly ViewState[] = ['co', 'open']

/** A coded view; its keyword is null where the codes leave open in which mirror it was taken. */
export type CodedView = Pick<OrthodonticView, 'subject' | 'states'> & { keyword: string | null }

/** Whether it was taken in a mirror: PS3.3 View Modifier Code Sequence (0054,0222). */
export function codedMirror(metadata: DataSet): Mirror {
  const said = modifiersOf(metadata).flatMap((code) => mirrors.get(code) ?? [])
  return said.includes('uncorrected') ? 'uncorrected' : (said[0] ?? null)
}

/**
 * Which orthodontic view a photograph's codes make it. Nothing in them is trusted, and nothing is guessed: a condition
 * that no view of the subject has, another side, or several views are no view.
 *
 * @see DICOM CP-1570
 */
export function codedView(metadata: DataSet): CodedView | null {
  const [view, ...otherViews] = codesOf(metadata, '00540220')
  const structures = items(metadata, '00082228')
  const [structure, ...otherStructures] = codesOf(metadata, '00082228')
  if (view === undefined || structure === undefined || otherViews.length + otherStructures.length > 0)
    return null
  const sides = [
    ...[metadata, ...structures].flatMap((each) => codesOf(each, '00082230')),
    ...[metadata, ...items(metadata, '00082218')].flatMap((each) => codesOf(each, '00082220')),
  ].filter((code) => code === codes.right || code === codes.left)
  const context = items(metadata, '00400555')
  const isBite = (item: DataSet) => codesOf(item, '0040A043').includes(dentalOcclusion)
  const valuesOf = (item: DataSet) => codesOf(item, '0040A168')
  const said = [
    ...context.filter(isBite).flatMap((item) => valuesOf(item).map((code) => bites.get(code))),
    ...[
      ...context.filter((item) => !isBite(item)).flatMap(valuesOf),
      ...modifiersOf(metadata).filter((code) => !mirrors.has(code)),
      ...codesOf(metadata, '00500010'),
    ]
      .filter((code) => !silent.includes(code))
      .map((code) => conditions.get(code)),
  ]
  const states = [...new Set(said)]
  const mirror = codedMirror(metadata)

  const found = orthodonticViews.filter((each) => {
    const own = subjects[each.subject]
    return (
      own?.view === view &&
      own.structure === structure &&
      sides.every((code) => code === own.side) &&
      (view !== codes.oblique || sides.length > 0) &&
      states.every((state) => state !== undefined && each.states.includes(state)) &&
      each.states.every((state) => unsaid.includes(state) || states.includes(state)) &&
      // an open mouth goes without saying where the view is no other than that
      (!each.states.includes('open') || states.includes('open') || view === codes.occlusal)
    )
  })
  // a face whose jaw is forward is bitten nowhere
  const [first] = found
  if (
    !first ||
    found.some((each) => each.subject !== first.subject || each.states.join() !== first.states.join())
  )
    return null
  const exact = found.find((each) => each.mirror === mirror)
  return { subject: first.subject, states: first.states, keyword: exact?.keyword ?? null }
}

function modifiersOf(metadata: DataSet): string[] {
  return [metadata, ...items(metadata, '00540220')].flatMap((each) => codesOf(each, '00540222'))
}
