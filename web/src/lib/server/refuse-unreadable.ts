import { error } from '@sveltejs/kit'

/** What a text of Postgres cannot hold: NUL, and halves of characters. */
const isText = (value: string) => !value.includes('\0') && value.isWellFormed()
/** Either of them, as JSON writes it. */
const mayHide = /\\u(0000|d[89a-f])/i

/**
 * Makes `formData()` and `json()` of a request answer 400 for a body that is neither, or that holds what no text of ours can:
 * said once here, and not by the database, which every action would answer with 500.
 */
export function refuseUnreadable(request: Request): void {
  const formData = request.formData.bind(request)
  const text = request.text.bind(request)
  request.formData = async () => {
    const form = await formData().catch(() => error(400, 'not a form'))
    for (const [name, value] of form) {
      const said = typeof value === 'string' ? value : value.name
      if (!isText(name) || !isText(said) || (mayHide.test(said) && !isJsonText(said))) error(400, 'not text')
    }
    return form
  }
  request.json = async () => {
    const said = await text()
    const value = parsed(said)
    if (value === undefined || (mayHide.test(said) && !holdsText(value))) error(400, 'not readable')
    return value
  }
}

/** Whether all that a field says as JSON is text; a field that is no JSON is only what it says. */
function isJsonText(said: string): boolean {
  const value = parsed(said)
  return value === undefined || holdsText(value)
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}

/** Without recursion: nesting is as deep as who wrote it liked. */
function holdsText(value: unknown): boolean {
  const left = [value]
  while (left.length > 0) {
    const one = left.pop()
    if (typeof one === 'string' && !isText(one)) return false
    if (typeof one === 'object' && one !== null) {
      if (!Object.keys(one).every(isText)) return false
      for (const inner of Object.values(one)) left.push(inner)
    }
  }
  return true
}
