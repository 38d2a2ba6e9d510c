/**
 * A text as search compares it: without diacritics and ligatures, lower case, separators as single spaces.
 * `Côté^Geneviève` becomes `cote genevieve`; `Lœwen` becomes `loewen`.
 */
export function foldName(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/œ/g, 'oe')
    .replace(/æ/g, 'ae')
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/ł/g, 'l')
    .replace(/đ/g, 'd')
    .replace(/[\s^=,.'’‘`-]+/g, ' ')
    .trim()
}
