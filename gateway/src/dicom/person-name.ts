/** One component group of a person name, PS3.5 §6.2.1; components that are absent are `''`. */
type PersonNameGroup = {
  family: string
  given: string
  middle: string
  prefix: string
  suffix: string
}

/** A person name by component groups; null where a group is empty. */
export type PersonName = {
  alphabetic: PersonNameGroup | null
  ideographic: PersonNameGroup | null
  phonetic: PersonNameGroup | null
}

/** Takes a PN value (`Family^Given^Middle^Prefix^Suffix=ideographic=phonetic`) apart; spaces round components go. */
export function parsePersonName(text: string): PersonName {
  const [alphabetic = '', ideographic = '', phonetic = ''] = text.split('=')
  return {
    alphabetic: parseGroup(alphabetic),
    ideographic: parseGroup(ideographic),
    phonetic: parseGroup(phonetic),
  }
}

function parseGroup(text: string): PersonNameGroup | null {
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = text
    .split('^')
    .map((part) => part.trim())
  if (family + given + middle + prefix + suffix === '') return null
  return { family, given, middle, prefix, suffix }
}
