export type Locale = 'en' | 'fr'
export const locales = ['fr', 'en'] as const satisfies readonly Locale[]

export function isLocale(value: unknown): value is Locale {
  return value === 'en' || value === 'fr'
}

/**
 * The first language of an Accept-Language header that we speak, by weight.
 *
 * @see RFC 9110 §12.5.4
 */
export function preferredLocale(acceptLanguage: string | null): Locale | null {
  if (!acceptLanguage) return null
  const wanted = acceptLanguage
    .split(',')
    .map((part, position) => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const weight = parameters.map((p) => /^\s*q=([\d.]+)\s*$/.exec(p)?.[1]).find((q) => q !== undefined)
      return { language: tag.trim().slice(0, 2).toLowerCase(), weight: weight ? Number(weight) : 1, position }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.position - b.position)
  return wanted.map(({ language }) => language).find(isLocale) ?? null
}
