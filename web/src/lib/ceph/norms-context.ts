import { getContext, setContext } from 'svelte'
import { practiceNorms, type Norms } from './norms.ts'

const key = Symbol('norms')

/** By which norms the practice judges a face, for all that lies below. */
export function setNorms(norms: () => Norms): void {
  setContext(key, norms)
}

/** The norms that count here. */
export function getNorms(): () => Norms {
  return getContext<(() => Norms) | undefined>(key) ?? (() => practiceNorms({}))
}
