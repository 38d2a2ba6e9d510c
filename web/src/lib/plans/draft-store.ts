import type { DraftStore } from './plan-draft.svelte.ts'

/**
 * Where a draft is kept: the pages' own server.
 *
 * @param folder address of the case
 */
export function draftStore(folder: string, planId: string): DraftStore {
  const send = (method: 'PUT' | 'POST', path: string, body: object) =>
    fetch(`${folder}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => null)
  return {
    async save(versionId, revision, content) {
      const answer = await send('PUT', `versions/${versionId}`, { revision, content })
      if (answer === null || answer.status >= 500) return null
      if (!answer.ok) throw new Error(`The plan was refused (${answer.status})`)
      return (await answer.json()) as Awaited<ReturnType<DraftStore['save']>> // our own server's
    },
    async startNext() {
      const answer = await send('POST', 'versions', { planId })
      return answer?.ok ? ((await answer.json()) as Awaited<ReturnType<DraftStore['startNext']>>) : null // likewise
    },
  }
}
