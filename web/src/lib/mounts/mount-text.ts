import type { KeptLayout, MountTemplate } from '@bitewing/db'
import type { ToothNotation } from '@bitewing/db/plan-rules'
import { teethRanges } from '#lib/format/image-kind.ts'
import { m } from '#paraglide/messages.js'
import { orthodonticView, type PhotographView } from '#lib/orthodontics/photograph-views.ts'
import { viewText } from '#lib/orthodontics/view-text.ts'
import type { Awaited } from './mount-templates.ts'
import type { Unplaced } from './place-images.ts'

const templates = {
  'full-mouth-18': m.mount_full_mouth_18,
  'bitewings-4': m.mount_bitewings_4,
  'bitewings-2': m.mount_bitewings_2,
  'photographs-8': m.mount_photographs_8,
  'orthodontic-records': m.mount_orthodontic_records,
} satisfies Record<MountTemplate, () => string>

const views = {
  EV03: m.mount_view_ev03,
  EV17: m.mount_view_ev17,
  EV19: m.mount_view_ev19,
  IV25: m.mount_view_iv25,
  IV27: m.mount_view_iv27,
  IV01: m.mount_view_iv01,
  IV07: m.mount_view_iv07,
  IV18: m.mount_view_iv18,
} satisfies Record<PhotographView, () => string>

export function templateName(template: MountTemplate): string {
  return templates[template]()
}

/** What a mount's layout is called: as its practice calls it, where it is its own. */
export function layoutName(mount: { template: MountTemplate | 'own'; layout: KeptLayout | null }): string {
  return mount.template === 'own' ? (mount.layout?.name ?? '') : templateName(mount.template)
}

/** What a cell waits for: teeth as `16, 17, 46, 47`, or the view of a photograph. */
export function awaitedText(awaits: Awaited, notation: ToothNotation): string {
  switch (awaits.kind) {
    case 'photograph':
      return photographText(awaits.view)
    case 'panoramic':
      return m.mount_awaits_panoramic()
    case 'cephalogram':
      return m.mount_awaits_cephalogram()
    case 'model':
      return m.mount_awaits_model()
    case 'free':
      return m.mount_awaits_free()
    case 'bitewing':
    case 'periapical':
      return teethRanges(awaits.teeth, notation)
  }
}

function photographText(keyword: string): string {
  const view = orthodonticView(keyword)
  return isUsual(keyword) ? views[keyword]() : view ? viewText({ ...view, mirror: null }) : ''
}
function isUsual(keyword: string): keyword is PhotographView {
  return keyword in views
}

/**
 * Why an image has no cell of its own.
 *
 * @param contested the cell that another has an equal right to
 * @param keyword of its orthodontic view
 */
export function unplacedText(
  why: Unplaced,
  contested: Awaited | null,
  keyword: string | null,
  notation: ToothNotation,
): string {
  const view = orthodonticView(keyword)
  switch (why) {
    case 'kind':
      return m.mount_why_kind()
    case 'unknown':
      return m.mount_why_unknown()
    case 'view':
      return view ? m.mount_why_view({ view: viewText(view) }) : m.mount_why_kind()
    case 'beside':
      return m.mount_why_beside()
    case 'between':
      return m.mount_why_between()
    case 'sides':
      return m.mount_why_sides()
    case 'rival':
      return m.mount_why_rival({ awaits: contested ? awaitedText(contested, notation) : '' })
  }
}
