export type PerTurn = {
  isLeft(): boolean
  spend(amount: number): void
}

/** Calls back in the next turn of the event loop. */
export type NextTurn = (callback: () => void) => void

const nextTurnOfLoop: NextTurn = (callback) => void setImmediate(callback).unref()

/**
 * How much one turn of the event loop may take for itself: who does one short thing after the other, and awaits only
 * what is there already, would never let anybody else have a turn.
 *
 * @param most in whatever unit; the last that is spent may go beyond it
 */
export function perTurn(most: number, nextTurn: NextTurn = nextTurnOfLoop): PerTurn {
  let spent: number | null = null
  return {
    isLeft: () => (spent ?? 0) < most,
    spend(amount) {
      if (spent === null) nextTurn(() => (spent = null))
      spent = (spent ?? 0) + amount
    },
  }
}
