import type { ActionResult } from '$app/forms'

type Answered = Record<string, unknown>

/**
 * Sends a form to an action of the page that is open, without leaving it.
 *
 * @param page path of another page whose action it is
 * @throws when the server is not reached, or answers with something else
 */
export async function sendAction<Success extends Answered = Answered, Failure extends Answered = Answered>(
  action: string,
  fields: Record<string, string>,
  page = '',
): Promise<ActionResult<Success, Failure>> {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  const response = await fetch(`${page}?/${action}`, {
    method: 'POST',
    body,
    headers: { 'x-sveltekit-action': 'true', accept: 'application/json' },
  })
  if (response.status >= 502 && response.status <= 504) throw new Error('away')
  const { deserialize } = await import('$app/forms')
  return deserialize<Success, Failure>(await response.text())
}
