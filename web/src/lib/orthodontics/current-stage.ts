import type { OrthodonticContent, RecordStage } from '@bitewing/db'

/**
 * The state that a treatment is in on a day: what its dates say, and before it has begun what the records say.
 *
 * @param sets the earliest first
 * @param today ISO
 */
export function currentStage(
  { started, stopped }: Pick<OrthodonticContent, 'started' | 'stopped'>,
  sets: readonly { stage: RecordStage | null; day: string | null }[],
  today: string,
): RecordStage {
  if (stopped.actual && stopped.actual <= today)
    return sets.some(({ stage, day }) => stage === 'post-treatment' && day !== null && day <= today)
      ? 'post-treatment'
      : 'final'
  if (started.actual && started.actual <= today) return 'progress'
  const before = ['first-observation', 'observation', 'initial'] as const
  return sets.flatMap(({ stage }) => before.filter((each) => each === stage)).at(-1) ?? 'first-observation'
}
