/** A media type or range with its parameters, RFC 9110 §8.3.1 and §12.5.1. */
export type MediaType = {
  /** Type and subtype in lower case, e.g. `multipart/related`, `*` + `/*`. */
  essence: string
  /** By lower-case name, without quotes, in the order given; `q` is not among them. */
  parameters: ReadonlyMap<string, string>
  /** Quality from 0 to 1; 1 when not given or not a number. */
  q: number
}

/**
 * Media types of an Accept header, in the order given; sort by `q` to choose.
 *
 * Reads what viewers send: parameters quoted or not (`type=application/octet-stream`, `transfer-syntax=*`), spaces
 * anywhere, `q` in any place, empty members. What makes no sense is left out. Never throws; time is linear.
 */
export function parseMediaTypes(header: string): MediaType[] {
  return split(header, ',').flatMap((member) => parseMediaType(member) ?? [])
}

/** One media type, as in Content-Type; null when there is none. */
export function parseMediaType(header: string): MediaType | null {
  const [first = '', ...rest] = split(header, ';')
  const essence = first.trim().toLowerCase()
  if (!/^[^\s/,;="]+\/[^\s/,;="]+$/.test(essence)) return null

  const parameters = new Map<string, string>()
  let q = 1
  for (const parameter of rest) {
    const equals = parameter.indexOf('=')
    if (equals < 0) continue
    const name = parameter.slice(0, equals).trim().toLowerCase()
    const value = unquoted(parameter.slice(equals + 1).trim())
    if (name === 'q') q = quality(value)
    else if (name !== '' && !parameters.has(name)) parameters.set(name, value)
  }
  return { essence, parameters, q }
}

/** Splits outside quoted strings. */
function split(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '"') quoted = !quoted
    else if (character === '\\' && quoted) i += 1
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value
  const end = value.endsWith('"') && value.length > 1 ? -1 : value.length
  return value.slice(1, end).replace(/\\(.)/g, '$1')
}

function quality(value: string): number {
  const q = value === '' ? NaN : Number(value)
  return Number.isFinite(q) ? Math.min(1, Math.max(0, q)) : 1
}
