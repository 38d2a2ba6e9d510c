import { m } from '#paraglide/messages.js'
import type { Mirror, OrthodonticView, ViewState, ViewSubject } from './photograph-views.ts'

const subjects = {
  'right-profile': m.photo_right_profile,
  'right-oblique': m.photo_right_oblique,
  face: m.photo_face,
  'left-oblique': m.photo_left_oblique,
  'left-profile': m.photo_left_profile,
  'right-buccal': m.photo_right_buccal,
  front: m.photo_front,
  'left-buccal': m.photo_left_buccal,
  'upper-occlusal': m.photo_upper_occlusal,
  'lower-occlusal': m.photo_lower_occlusal,
  'front-below': m.photo_front_below,
  'right-overjet': m.photo_right_overjet,
  'left-overjet': m.photo_left_overjet,
  recession: m.photo_recession,
  frenum: m.photo_frenum,
  accessory: m.photo_accessory,
  'smile-closeup': m.photo_smile_closeup,
  cant: m.photo_cant,
  'face-below': m.photo_face_below,
  'face-above': m.photo_face_above,
  forensic: m.photo_forensic,
  anomaly: m.photo_anomaly,
} satisfies Record<ViewSubject, () => string>

const states = {
  co: m.photo_state_co,
  cr: m.photo_state_cr,
  relaxed: m.photo_state_relaxed,
  closed: m.photo_state_closed,
  smile: m.photo_state_smile,
  forward: m.photo_state_forward,
  apart: m.photo_state_apart,
  open: m.photo_state_open,
  tongue: m.photo_state_tongue,
  nerve: m.photo_state_nerve,
} satisfies Record<ViewState, () => string>

const mirrors = {
  uncorrected: m.photo_mirror_uncorrected,
  corrected: m.photo_mirror_corrected,
} satisfies Record<Exclude<Mirror, null>, () => string>

/** `Right buccal`: what of all views of the subject is the same. */
export function subjectText(subject: ViewSubject): string {
  return subjects[subject]()
}

/** `centric occlusion, in a mirror, corrected`: what tells a subject's views apart; empty where nothing does. */
export function stateText(view: Pick<OrthodonticView, 'states' | 'mirror'>): string {
  return [...view.states.map((state) => states[state]()), view.mirror ? mirrors[view.mirror]() : '']
    .filter((part) => part !== '')
    .join(', ')
}

/** `Right buccal, centric occlusion, in a mirror, corrected`. */
export function viewText(view: OrthodonticView): string {
  return [subjectText(view.subject), stateText(view)].filter((part) => part !== '').join(', ')
}
