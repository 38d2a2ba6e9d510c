import { expect, test } from 'vitest'
import { recallTold } from './recall-of.ts'

const readyBy = '2026-03-01T12:00:00.000Z'
const begunAt = '2026-03-01T07:00:00.000Z'
const answer = (status: number, body: object) => new Response(JSON.stringify(body), { status })

test('a picture on its way out of the archive, one that waits for others, and one that is away are told apart', async () => {
  expect(await recallTold(answer(503, { readyBy, begunAt, remaining: 7 }))).toEqual({
    readyBy: new Date(readyBy),
    begunAt: new Date(begunAt),
    isWaiting: false,
    remaining: 7,
  })
  expect(await recallTold(answer(429, { readyBy }))).toEqual({
    readyBy: new Date(readyBy),
    begunAt: null,
    isWaiting: true,
    remaining: 1,
  })
  expect(await recallTold(answer(503, { type: 'urn:bitewing:problem:database-away' }))).toBeNull()
  expect(await recallTold(answer(429, { type: 'urn:bitewing:problem:too-many-requests' }))).toBeNull()
  expect(await recallTold(answer(404, { readyBy }))).toBeNull()
  expect(await recallTold(new Response('no JSON', { status: 503 }))).toBeNull()
})
