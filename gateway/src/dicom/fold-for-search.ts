/**
 * A text as search compares it: lower case, diacritics and ligatures dissolved, and everything that separates names
 * (`^ = , . ' -` and spaces) one space. `CÔTÉ-Gagné^Geneviève` and `cote gagne genevieve` fold to the same.
 */
export function foldForSearch(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .normalize('NFC') // so that what marks are not for, like Hangul, is whole again
    .toLowerCase()
    .replace(/[œæßøłđðþı]/g, (letter) => letters.get(letter) ?? letter)
    .replace(/[\s^=,.;'’‘`´_‐‑–—-]+/g, ' ')
    .trim()
}

const letters = new Map([
  ['œ', 'oe'],
  ['æ', 'ae'],
  ['ß', 'ss'],
  ['ø', 'o'],
  ['ł', 'l'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['þ', 'th'],
  ['ı', 'i'],
])
