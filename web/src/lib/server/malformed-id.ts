const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const names = ['id', 'caseId', 'versionId', 'mountId']

/**
 * Whether a path names one of our things by what cannot be an id. Nothing is there, and no query is asked about it.
 * Pages of patients say so in their own way; so this is for all that lies below them, and for all that changes something.
 *
 * @param address path and query as they came; a NUL is in no text that Postgres has
 */
export function isMalformedId(
  method: string,
  params: Readonly<Partial<Record<string, string>>>,
  address = '',
): boolean {
  if (address.includes('%00')) return true
  const malformed = names.filter((name) => !uuid.test(params[name] ?? '') && params[name] !== undefined)
  return malformed.some((name) => name !== 'id') || (malformed.length > 0 && method !== 'GET')
}
