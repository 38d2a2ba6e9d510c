import { foldName } from './fold-name.ts'

export type ComparedIdentity = {
  familyName: string
  givenName: string
  birthDate: string | null // ISO date
  sex: string | null
}

/**
 * Why two records may be one person's.
 * - `same`: name and birth date agree;
 * - `birth-missing`: the name agrees, and one record has no birth date;
 * - `birth-alike`: the name agrees, and the birth dates look like one that was mistyped;
 * - `name-alike`: the birth date agrees, and the names look like one that was shortened or mistyped.
 */
export type Likeness = 'same' | 'birth-missing' | 'birth-alike' | 'name-alike'

/**
 * Compares who two records say a person is. The order of a name's words does not matter: machines swap them.
 *
 * @returns null where nothing suggests that it is one person
 */
export function compareIdentities(a: ComparedIdentity, b: ComparedIdentity): Likeness | null {
  const [one, other] = [wordsOf(a), wordsOf(b)]
  if (one.length < 2 || other.length < 2) return null
  const sameName = one.join(' ') === other.join(' ')
  const sameBirth = a.birthDate !== null && a.birthDate === b.birthDate
  if (sameName && sameBirth) return 'same'
  const isOther = (sex: string | null) => sex === 'F' || sex === 'M'
  if (a.sex !== b.sex && isOther(a.sex) && isOther(b.sex)) return null
  if (sameName) {
    if (a.birthDate === null || b.birthDate === null) return 'birth-missing'
    return areDatesAlike(a.birthDate, b.birthDate) ? 'birth-alike' : null
  }
  return sameBirth && areNamesAlike(one, other) ? 'name-alike' : null
}

function wordsOf({ familyName, givenName }: ComparedIdentity): string[] {
  return foldName(`${familyName} ${givenName}`)
    .split(' ')
    .filter((word) => word !== '')
    .sort()
}

/** Day and month swapped, or one digit otherwise. */
function areDatesAlike(a: string, b: string): boolean {
  const [year, month, day] = a.split('-')
  if (b === `${year}-${day}-${month}`) return true
  return [...a].filter((digit, index) => digit !== b[index]).length === 1
}

/** Below this a letter more or less is another name: Léo and Léa may be twins. */
const mistypedWordMin = 5

/** One leaves words of the other out, or one word differs by one letter. */
function areNamesAlike(a: string[], b: string[]): boolean {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a]
  const missing = few.filter((word) => !many.includes(word))
  if (missing.length === 0) return true
  const [mine = '', ...more] = missing
  const [theirs = '', ...others] = many.filter((word) => !few.includes(word))
  return more.length === 0 && others.length === 0 && isMistyped(mine, theirs)
}

/** One letter replaced, added, left out, or two swapped. */
function isMistyped(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < mistypedWordMin || Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  if (left.length <= 1 && right.length <= 1) return true
  return left.length === 2 && left === [...right].reverse().join('')
}
