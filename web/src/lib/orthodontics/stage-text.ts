import type { RecordStage } from '@bitewing/db'
import { m } from '#paraglide/messages.js'

/** The states of records in the order of a treatment. */
export const stages = [
  'first-observation',
  'observation',
  'initial',
  'progress',
  'final',
  'post-treatment',
] as const satisfies readonly RecordStage[]

const names = {
  'first-observation': m.ortho_stage_first_observation,
  observation: m.ortho_stage_observation,
  initial: m.ortho_stage_initial,
  progress: m.ortho_stage_progress,
  final: m.ortho_stage_final,
  'post-treatment': m.ortho_stage_post_treatment,
} satisfies Record<RecordStage, () => string>

export function stageText(stage: RecordStage): string {
  return names[stage]()
}
