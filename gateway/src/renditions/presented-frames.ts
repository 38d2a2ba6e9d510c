import { withTenant, type Database } from '@bitewing/db'
import { GatewayError } from '../errors.ts'
import { presentationStateClasses } from '../pixels/presentation-of.ts'
import { items, text, type Attributes } from '../study-index/attribute-values.ts'
import { findInstances, type HeldInstance } from '../study-index/find-instance.ts'

/** Whether an instance is a presentation state that can be applied to images. */
export function isApplicableState({ sopClassUid }: Pick<HeldInstance, 'sopClassUid'>): boolean {
  return presentationStateClasses.has(sopClassUid)
}

/** A frame that a presentation state is for. */
export type PresentedFrame = { held: HeldInstance; frame: number }

/** The frames that a state names, PS3.3 §C.11.11 Presentation State Relationship; all frames where it names none. */
function references(state: HeldInstance): { instance: string; frames: number[] | null }[] {
  const attributes = JSON.parse(state.metadata) as Attributes // our own JSON
  return items(attributes, '00081115').flatMap((series) =>
    items(series, '00081140').map((image) => {
      const frames = (image['00081160']?.Value ?? []).map(Number).filter(Number.isInteger)
      return { instance: text(image, '00081155'), frames: frames.length > 0 ? frames : null }
    }),
  )
}

/** Whether a state is for a frame. */
export function presents(state: HeldInstance, held: HeldInstance, frame: number): boolean {
  return references(state).some(
    ({ instance, frames }) => instance === held.sopInstanceUid && (frames === null || frames.includes(frame)),
  )
}

/**
 * The frames that a presentation state is for, in its order; images of its study that the practice (and the share) has.
 *
 * @throws {GatewayError} `not-acceptable` when there is none, `asks-too-much`
 */
export async function presentedFrames(
  db: Database,
  tenantId: string,
  state: HeldInstance,
  onlyStudyId: string | null,
  framesMax: number,
): Promise<[PresentedFrame, ...PresentedFrame[]]> {
  const named = references(state)
  if (named.length > framesMax) {
    throw new GatewayError('asks-too-much', `This presentation state is for more than ${framesMax} images.`)
  }
  const found = await withTenant(db, tenantId, async (tx) => {
    const list: PresentedFrame[] = []
    for (const { instance, frames } of named) {
      const [held] = await findInstances(tx, { study: state.studyInstanceUid, instance }, onlyStudyId)
      if (!held || instance === '') continue
      // the count is the file's word alone
      const length = Math.min(held.frames, framesMax + 1)
      const all = frames ?? Array.from({ length }, (_, index) => index + 1)
      for (const frame of all) if (frame >= 1 && frame <= held.frames) list.push({ held, frame })
      if (list.length > framesMax) {
        throw new GatewayError(
          'asks-too-much',
          `This presentation state is for more than ${framesMax} frames.`,
        )
      }
    }
    return list
  })
  const [first, ...others] = found
  if (!first) {
    throw new GatewayError('not-acceptable', 'The images that this presentation state is for are not here.')
  }
  return [first, ...others]
}
