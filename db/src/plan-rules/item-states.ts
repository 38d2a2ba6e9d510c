/** Where an item of a plan stands. */
export const itemStates = ['proposed', 'accepted', 'declined', 'scheduled', 'in-progress', 'done'] as const
export type ItemState = (typeof itemStates)[number]

const next = {
  proposed: ['accepted', 'declined'],
  accepted: ['scheduled', 'in-progress', 'done', 'declined', 'proposed'],
  declined: ['proposed', 'accepted'],
  scheduled: ['in-progress', 'done', 'accepted', 'declined'],
  'in-progress': ['done', 'scheduled', 'accepted'],
  // only back, for what was pressed by mistake
  done: ['in-progress', 'scheduled', 'accepted'],
} as const satisfies Record<ItemState, readonly ItemState[]>

/** What may follow a state; every step can be taken back. */
export function nextItemStates(state: ItemState): readonly ItemState[] {
  return next[state]
}
