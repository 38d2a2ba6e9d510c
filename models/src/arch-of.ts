export type Arch = 'upper' | 'lower'

/** Maxilla and mandible in SNOMED CT. */
const codes: ReadonlyMap<string, Arch> = new Map([
  ['70925003', 'upper'],
  ['91609006', 'lower'],
])

/** By a code, else by the words that people and scanners write, in English and French. */
export function archOf(regions: readonly string[], words: string): Arch | null {
  for (const region of regions) {
    const arch = codes.get(region)
    if (arch) return arch
  }
  const folded = words.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  const upper = /\b(upper|maxilla\w*|superieure?|haut|upperjaw|uppr)\b|_u\b/.test(folded)
  const lower = /\b(lower|mandib\w*|inferieure?|bas|lowerjaw)\b|_l\b/.test(folded)
  return upper === lower ? null : upper ? 'upper' : 'lower'
}
