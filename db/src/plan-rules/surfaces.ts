import { isAnterior, type Fdi } from './teeth.ts'

/** Mesial, occlusal or incisal, distal, buccal (vestibular), lingual (palatal); in the order they are written. */
export const surfaces = ['M', 'O', 'D', 'B', 'L'] as const
export type Surface = (typeof surfaces)[number]

/** Each surface once and in the order they are written: `MOD`, never `DOM`. */
export function sortSurfaces(chosen: Iterable<Surface>): Surface[] {
  const wanted = new Set(chosen)
  return surfaces.filter((surface) => wanted.has(surface))
}

/** The letter people use: front teeth have an incisal edge, and what is buccal in English is vestibular in French. */
export function surfaceLetter(surface: Surface, tooth: Fdi, locale: 'en' | 'fr'): string {
  if (surface === 'O' && isAnterior(tooth)) return 'I'
  if (surface === 'B' && locale === 'fr') return 'V'
  return surface
}

/** The surface behind a letter of the keyboard, in either language: `I` and `O`, `B`, `V` and `F` are each one. */
export function surfaceOfLetter(letter: string): Surface | null {
  switch (letter.toUpperCase()) {
    case 'M':
      return 'M'
    case 'D':
      return 'D'
    case 'O':
    case 'I':
      return 'O'
    case 'B':
    case 'V':
    case 'F':
      return 'B'
    case 'L':
    case 'P':
      return 'L'
    default:
      return null
  }
}
