import { enhance as enhanceByKit, type ActionResult, type SubmitFunction } from '$app/forms'
import { inTurn } from '#lib/read-anew.ts'
import { reach } from './reach.svelte.ts'

type Fields = Record<string, unknown> | undefined

/**
 * Kit's `enhance`, for forms whose words must not get lost: where sending one fails, Kit puts an error page in the place
 * of all that was typed. Here the page stays as it is, and says so (`OfflineBar`). What the server expects people to do
 * wrong is a failure, not an error, and as in Kit.
 */
export function enhance<Success extends Fields, Failure extends Fields>(
  form: HTMLFormElement,
  submit: SubmitFunction<Success, Failure> = () => undefined,
): ReturnType<typeof enhanceByKit> {
  return enhanceByKit<Success, Failure>(form, async (input) => {
    const after = await submit(input)
    return async (answer) => {
      const { result } = answer
      reach.unsent = null
      const update: typeof answer.update = async (options) =>
        result.type === 'error' ? tell(result) : inTurn(() => answer.update(options))
      await (after ? after({ ...answer, update }) : update())
    }
  })
}

function tell({ status, error }: Extract<ActionResult, { type: 'error' }>) {
  const why = status === 403 ? 'forbidden' : status === 404 ? 'gone' : 'failed'
  reach.unsent = { why, requestId: why === 'failed' ? error.requestId : undefined }
}
