import { expect, test } from 'vitest'
import { recallTold } from './recall-of.ts'

const readyBy = '2026-03-01T12:00:00.000Z'
const answer = (status: number, body: object) => new Response(JSON.stringify(body), { status })

test('a picture on its way out of the archive, one that waits for others, and one that is away are told apart', async () => {
  expect(await recallTold(answer(503, { readyBy }))).toEqual({ readyBy: new Date(readyBy), isWaiting: false })
  expect(await recallTold(answer(429, { readyBy }))).toEqual({ readyBy: new Date(readyBy), isWaiting: true })
  expect(await recallTold(answer(503, { type: 'urn:bitewing:problem:database-away' }))).toBeNull()
  expect(await recallTold(answer(429, { type: 'urn:bitewing:problem:too-many-requests' }))).toBeNull()
  expect(await recallTold(answer(404, { readyBy }))).toBeNull()
  expect(await recallTold(new Response('no JSON', { status: 503 }))).toBeNull()
})
