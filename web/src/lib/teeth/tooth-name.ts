import {
  archOf,
  isDeciduous,
  placeOf,
  quadrantOf,
  surfaceLetter,
  writeTooth,
  type Fdi,
  type Quadrant,
  type Site,
  type Surface,
  type ToothNotation,
} from '@bitewing/db/plan-rules'
import type { Locale } from '#lib/locale.ts'

const words = {
  en: {
    upper: 'upper',
    lower: 'lower',
    right: 'right',
    left: 'left',
    permanent: [
      'central incisor',
      'lateral incisor',
      'canine',
      'first premolar',
      'second premolar',
      'first molar',
      'second molar',
      'third molar',
    ],
    deciduous: [
      'deciduous central incisor',
      'deciduous lateral incisor',
      'deciduous canine',
      'deciduous first molar',
      'deciduous second molar',
    ],
    surfaces: { M: 'mesial', O: 'occlusal', D: 'distal', B: 'buccal', L: 'lingual' },
    incisal: 'incisal',
  },
  fr: {
    upper: 'supérieure',
    lower: 'inférieure',
    right: 'droite',
    left: 'gauche',
    permanent: [
      'incisive centrale',
      'incisive latérale',
      'canine',
      'première prémolaire',
      'deuxième prémolaire',
      'première molaire',
      'deuxième molaire',
      'troisième molaire',
    ],
    deciduous: [
      'incisive centrale temporaire',
      'incisive latérale temporaire',
      'canine temporaire',
      'première molaire temporaire',
      'deuxième molaire temporaire',
    ],
    surfaces: { M: 'mésiale', O: 'occlusale', D: 'distale', B: 'vestibulaire', L: 'linguale' },
    incisal: 'incisale',
  },
} as const

const sides = { 1: 'right', 2: 'left', 3: 'left', 4: 'right' } as const satisfies Record<Quadrant, string>

/** `upper right first molar`, `première molaire supérieure droite`. */
export function toothName(tooth: Fdi, locale: Locale): string {
  const vocabulary = words[locale]
  const kind = vocabulary[isDeciduous(tooth) ? 'deciduous' : 'permanent'][placeOf(tooth) - 1] ?? ''
  const [arch, side] = [vocabulary[archOf(tooth)], vocabulary[sides[quadrantOf(tooth)]]]
  return locale === 'fr' ? `${kind} ${arch} ${side}` : `${arch} ${side} ${kind}`
}

/** `occlusal`; of front teeth `incisal`. */
export function surfaceName(surface: Surface, tooth: Fdi | null, locale: Locale): string {
  const vocabulary = words[locale]
  if (surface === 'O' && tooth !== null && surfaceLetter('O', tooth, locale) === 'I')
    return vocabulary.incisal
  return vocabulary.surfaces[surface]
}

const quadrants = {
  en: { 1: 'Upper right', 2: 'Upper left', 3: 'Lower left', 4: 'Lower right' },
  fr: { 1: 'Haut droit', 2: 'Haut gauche', 3: 'Bas gauche', 4: 'Bas droit' },
} as const satisfies Record<Locale, Record<Quadrant, string>>

/** The quadrant as the patient has it, not as the chart shows it. */
export function quadrantName(quadrant: Quadrant, locale: Locale): string {
  return quadrants[locale][quadrant]
}

const places = {
  en: { upper: 'Upper jaw', lower: 'Lower jaw', mouth: 'Whole mouth' },
  fr: { upper: 'Mâchoire du haut', lower: 'Mâchoire du bas', mouth: 'Toute la bouche' },
} as const

export function archName(arch: 'upper' | 'lower', locale: Locale): string {
  return places[locale][arch]
}

/** Where something is done, as short as staff write it: `16 MOD, 26 O`, `Upper right`, `Whole mouth`. */
export function siteText(site: Site, notation: ToothNotation, locale: Locale): string {
  switch (site.kind) {
    case 'mouth':
      return places[locale].mouth
    case 'arch':
      return places[locale][site.arch]
    case 'quadrant':
      return quadrants[locale][site.quadrant]
    case 'teeth':
      return site.teeth
        .map((tooth) => {
          const letters = (site.surfaces[tooth] ?? [])
            .map((each) => surfaceLetter(each, tooth, locale))
            .join('')
          return letters === '' ? writeTooth(tooth, notation) : `${writeTooth(tooth, notation)} ${letters}`
        })
        .join(', ')
  }
}

/** Where something is done, in a patient's words: the tooth's name where it is one, else as staff write it. */
export function plainSiteText(site: Site, notation: ToothNotation, locale: Locale): string {
  const [only] = site.kind === 'teeth' ? site.teeth : []
  if (site.kind !== 'teeth' || only === undefined) return siteText(site, notation, locale)
  if (site.teeth.length > 1) {
    const teeth = site.teeth.map((tooth) => writeTooth(tooth, notation)).join(', ')
    return locale === 'fr' ? `Dents ${teeth}` : `Teeth ${teeth}`
  }
  const name = toothName(only, locale)
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} (${writeTooth(only, notation)})`
}
