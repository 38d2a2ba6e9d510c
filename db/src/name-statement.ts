/** Each connection keeps its plans of named statements, for as long as it lives: some hundred kilobytes in all. */
const namesMax = 100
/** Texts that were asked once; forgotten when there are more of them. */
const onceMax = 500

const names = new Map<string, string>()
const once = new Set<string>()

/**
 * The name under which a connection keeps a statement prepared, so that Postgres parses and plans it once: given
 * to the first hundred texts that are asked a second time. Searches of many shapes do not use them up, since a
 * shape that nobody repeats gets none.
 *
 * @returns undefined for a statement that stays nameless
 */
export function nameStatement(text: string): string | undefined {
  const name = names.get(text)
  if (name !== undefined || names.size >= namesMax) return name
  if (!once.has(text)) {
    if (once.size >= onceMax) once.clear()
    once.add(text)
    return undefined
  }
  once.delete(text)
  const given = `bitewing_${names.size + 1}`
  names.set(text, given)
  return given
}
