import type { ToothNotation } from '@bitewing/db/plan-rules'
import { getContext, setContext } from 'svelte'

const key = Symbol('notation')

/** How the practice writes teeth, for all that lies below: frames of pages and documents say it once. */
export function setNotation(notation: () => ToothNotation): void {
  setContext(key, notation)
}

/** How teeth are to be written here. */
export function getNotation(): () => ToothNotation {
  return getContext<(() => ToothNotation) | undefined>(key) ?? (() => 'fdi')
}
