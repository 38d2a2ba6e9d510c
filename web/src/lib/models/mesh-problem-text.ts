import { m } from '#paraglide/messages.js'
import type { FromModel } from './model-worker.ts'

const texts = {
  'not-a-mesh': m.models_not_a_mesh,
  damaged: m.models_damaged,
  'too-large': m.models_too_large,
  empty: m.models_empty_file,
  missing: m.models_missing,
} as const satisfies Record<Extract<FromModel, { kind: 'failed' }>['why'], () => string>

/** Why a model is not shown, as a sentence. */
export function meshProblemText(why: keyof typeof texts): string {
  return texts[why]()
}
