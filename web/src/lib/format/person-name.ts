export type PersonName = { familyName: string; givenName: string }

/** As lists show it, family name first: `Côté, Geneviève`. */
export function listName({ familyName, givenName }: PersonName): string {
  return [familyName, givenName].filter((part) => part !== '').join(', ')
}

/** As people say it: `Geneviève Côté`. */
export function spokenName({ familyName, givenName }: PersonName): string {
  return [givenName, familyName].filter((part) => part !== '').join(' ')
}

/**
 * The parts of a DICOM person name: the first group that says something, without prefix and suffix.
 *
 * @param name `Côté^Geneviève`, or `Yamada^Tarou=山田^太郎=やまだ^たろう`
 * @see DICOM PS3.5 §6.2.1.2
 */
export function parsePersonName(name: string): PersonName {
  const group = name.split('=').find((each) => each.replaceAll('^', '').trim() !== '') ?? ''
  const [familyName = '', givenName = '', middleName = ''] = group.split('^').map((part) => part.trim())
  return { familyName, givenName: [givenName, middleName].filter((part) => part !== '').join(' ') }
}
