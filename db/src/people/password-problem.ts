/** NIST SP 800-63B §5.1.1.2: length counts, composition rules do not. */
export const passwordLengthMin = 12
export const passwordLengthMax = 1024

/** Letters and digits left, once what anybody would try first is taken away. */
const ownLettersMin = 8
const differentMin = 5

/**
 * What is wrong with a new password; null when nothing is.
 *
 * @param known words that stand near it: e-mail, names of the person and the practice
 */
export function passwordProblem(
  password: string,
  known: readonly string[],
): 'short' | 'long' | 'guessable' | null {
  if ([...password].length < passwordLengthMin) return 'short'
  if (password.length > passwordLengthMax) return 'long'
  let rest = fold(password)
  const words = known.flatMap((text) => fold(text).split(/[^\p{L}\p{N}]+/u))
  for (const word of [...words, 'bitewing', 'password', 'motdepasse']) {
    if (word.length >= 3) rest = rest.replaceAll(word, '')
  }
  rest = rest.replace(/(.)\1{2,}/gu, '$1').replace(/0?123456789?0?|azerty|qwerty/g, '')
  rest = rest.replace(/[^\p{L}\p{N}]/gu, '')
  return [...rest].length < ownLettersMin || new Set(rest).size < differentMin ? 'guessable' : null
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
