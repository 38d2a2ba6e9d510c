/** What a photograph shows, from where; the patient's own right and left. */
export const viewSubjects = [
  'right-profile',
  'right-oblique',
  'face',
  'left-oblique',
  'left-profile',
  'right-buccal',
  'front',
  'left-buccal',
  'upper-occlusal',
  'lower-occlusal',
  'front-below',
  'right-overjet',
  'left-overjet',
  'recession',
  'frenum',
  'accessory',
  'smile-closeup',
  'cant',
  'face-below',
  'face-above',
  'forensic',
  'anomaly',
] as const
export type ViewSubject = (typeof viewSubjects)[number]

/** How lips, teeth and jaws are held: `co` centric occlusion, `cr` centric relation. */
export type ViewState =
  'co' | 'cr' | 'relaxed' | 'closed' | 'smile' | 'forward' | 'apart' | 'open' | 'tongue' | 'nerve'

/** Taken in a mirror: as the mirror shows it, or turned back afterwards; null: taken directly. */
export type Mirror = 'uncorrected' | 'corrected' | null

export type OrthodonticView = {
  /** of ADA Standard 1107 (DENT-OIP): EV of the face, IV in the mouth */
  keyword: string
  subject: ViewSubject
  states: readonly ViewState[]
  mirror: Mirror
}

const inMirror = (first: number, subject: ViewSubject, state: ViewState): OrthodonticView[] =>
  ([null, 'uncorrected', 'corrected'] as const).map((mirror, index) =>
    view(`IV${two(first + index)}`, subject, [state], mirror),
  )
/** Seven views of a face from one side: lips relaxed, closed and smiling in both bites, and the mandible forward. */
const ofFace = (first: number, subject: ViewSubject): OrthodonticView[] => [
  ...(['relaxed', 'closed', 'smile'] as const).flatMap((lips, index) =>
    (['co', 'cr'] as const).map((bite, nth) =>
      view(`EV${two(first + 2 * index + nth)}`, subject, [lips, bite]),
    ),
  ),
  view(`EV${two(first + 6)}`, subject, ['forward']),
]

/** The 73 coded orthodontic photographs of ADA Standard 1107, as open-ortho's DENT-OIP tables describe them. */
export const orthodonticViews: readonly OrthodonticView[] = [
  ...inMirror(1, 'right-buccal', 'co'),
  ...inMirror(4, 'right-buccal', 'cr'),
  view('IV07', 'front', ['co']),
  view('IV08', 'front', ['cr']),
  view('IV09', 'front', ['apart']),
  view('IV10', 'front', ['open']),
  view('IV11', 'front-below', ['co']),
  view('IV12', 'front-below', ['cr']),
  view('IV13', 'front', ['tongue', 'co']),
  view('IV14', 'right-overjet', ['co']),
  view('IV15', 'right-overjet', ['cr']),
  view('IV16', 'left-overjet', ['co']),
  view('IV17', 'left-overjet', ['cr']),
  ...inMirror(18, 'left-buccal', 'co'),
  ...inMirror(21, 'left-buccal', 'cr'),
  view('IV24', 'upper-occlusal', ['open'], 'uncorrected'),
  view('IV25', 'upper-occlusal', ['open'], 'corrected'),
  view('IV26', 'lower-occlusal', ['open'], 'uncorrected'),
  view('IV27', 'lower-occlusal', ['open'], 'corrected'),
  view('IV28', 'recession', []),
  view('IV29', 'frenum', []),
  view('IV30', 'accessory', ['open']),
  ...ofFace(1, 'right-profile'),
  ...ofFace(8, 'right-oblique'),
  ...ofFace(15, 'face'),
  ...ofFace(22, 'left-profile'),
  ...ofFace(29, 'left-oblique').map((each) =>
    each.keyword === 'EV35' ? { ...each, states: ['smile', 'forward'] as const } : each,
  ),
  view('EV36', 'face-below', ['cr']),
  view('EV37', 'face-above', ['cr']),
  view('EV38', 'smile-closeup', ['smile', 'cr']),
  view('EV39', 'cant', ['relaxed']),
  view('EV40', 'forensic', []),
  view('EV41', 'anomaly', []),
  view('EV42', 'face', ['open']),
  view('EV43', 'face', ['nerve']),
]

const byKeyword = new Map(orthodonticViews.map((each) => [each.keyword, each]))

export function orthodonticView(keyword: string | null): OrthodonticView | null {
  return byKeyword.get(keyword ?? '') ?? null
}

/** A view of the usual composite of eight photographs. */
export type PhotographView = 'EV03' | 'EV17' | 'EV19' | 'IV25' | 'IV27' | 'IV01' | 'IV07' | 'IV18'
const composite: readonly PhotographView[] = ['EV03', 'EV17', 'EV19', 'IV25', 'IV27', 'IV01', 'IV07', 'IV18']

/**
 * Which view of the composite a photograph is, whatever mirror it was taken in: that decides its sides, not which view it
 * is. Null for a view that the composite does not have.
 */
export function compositeView({
  subject,
  states,
}: Pick<OrthodonticView, 'subject' | 'states'>): PhotographView | null {
  const found = composite.find((keyword) => {
    const own = byKeyword.get(keyword)
    return own?.subject === subject && own.states.join() === states.join()
  })
  return found ?? null
}

/** One keyword for all views that show the same, whatever mirror they were taken in: that of the composite, if it has it. */
export function composedView(view: OrthodonticView): string {
  const same = orthodonticViews.find((each) => isSameView(each.keyword, view.keyword))
  return compositeView(view) ?? same?.keyword ?? view.keyword
}

/** Whether two keywords name what a photograph shows alike, whatever mirror it was taken in. */
export function isSameView(one: string, other: string | null): boolean {
  const [a, b] = [byKeyword.get(one), byKeyword.get(other ?? '')]
  return a !== undefined && a.subject === b?.subject && a.states.join() === b.states.join()
}

function view(
  keyword: string,
  subject: ViewSubject,
  states: readonly ViewState[],
  mirror: Mirror = null,
): OrthodonticView {
  return { keyword, subject, states, mirror }
}
function two(number: number): string {
  return String(number).padStart(2, '0')
}
