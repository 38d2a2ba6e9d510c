import type fc from 'fast-check'

/**
 * Something that reads what strangers send. `run` ends, or throws what it should not: refusals that are foreseen are
 * no failures. Inputs are JSON, so that one that failed can be kept as a line of text.
 */
export type FuzzTarget = {
  name: string
  input: fc.Arbitrary<unknown>
  run(input: unknown): Promise<void>
}

export function target<T>(
  name: string,
  input: fc.Arbitrary<T>,
  run: (input: T) => Promise<void>,
): FuzzTarget {
  // inputs come from `input`, or from the lines that were kept of it
  return { name, input, run: (given) => run(given as T) }
}

/** Runs `work`; an error of another kind than the foreseen ones is a finding. */
export async function refusesWith(
  foreseen: readonly (abstract new (...args: never[]) => Error)[],
  work: () => unknown,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!foreseen.some((kind) => error instanceof kind)) throw error
  }
}
