import { planItems, type Fdi, type ItemState, type PlanContent, type Surface } from '@bitewing/db/plan-rules'

/** What a chart shows on a tooth. */
export type ToothMark = {
  /** surfaces, or the whole tooth when there are none */
  planned: Surface[] | null
  done: Surface[] | null
  /** how many images name it */
  images: number
}
export type ToothMarks = Readonly<Record<Fdi, ToothMark>>

/** What plans do on single teeth; what was declined is left out. */
export function planMarks(
  plans: readonly { content: PlanContent; states: Readonly<Record<string, { state: ItemState }>> }[],
  imageTeeth: readonly (readonly Fdi[])[] = [],
): ToothMarks {
  const marks: Record<Fdi, ToothMark> = {}
  const mark = (tooth: Fdi) => (marks[tooth] ??= { planned: null, done: null, images: 0 })
  for (const { content, states } of plans) {
    for (const { id, site } of planItems(content)) {
      const state = states[id]?.state ?? 'proposed'
      if (site.kind !== 'teeth' || state === 'declined') continue
      for (const tooth of site.teeth) {
        const place = mark(tooth)
        const kind = state === 'done' ? 'done' : 'planned'
        place[kind] = [...(place[kind] ?? []), ...(site.surfaces[tooth] ?? [])]
      }
    }
  }
  for (const teeth of imageTeeth) for (const tooth of teeth) mark(tooth).images++
  return marks
}
