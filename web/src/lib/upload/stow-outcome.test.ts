import { expect, test } from 'vitest'
import { mayRetry, stowOutcome } from './stow-outcome.ts'

const failure = (sequence: string, code: number) =>
  JSON.stringify({ [sequence]: { vr: 'SQ', Value: [{ '00081197': { vr: 'US', Value: [code] } }] } })
const stored = (more: object = {}) =>
  JSON.stringify({
    '00081190': { vr: 'UR', Value: ['https://images.example/dicom-web/studies/1.2.3'] },
    '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2.3.4'] }, ...more }] },
  })

test('a stored instance names the study it went to', () => {
  expect(stowOutcome(200, stored())).toEqual({ stored: true, studyInstanceUid: '1.2.3', warned: false })
})

test('a warning is told, and the instance is stored all the same', () => {
  const text = stored({ '00081196': { vr: 'US', Value: [0xb000] } })
  expect(stowOutcome(202, text)).toMatchObject({ stored: true, warned: true })
})

// PS3.18 §10.5.3: 202 covers some stored and some failed; ours is one instance, and the body decides
test('a failure reason wins over the status', () => {
  expect(stowOutcome(202, failure('00081198', 0x0111))).toMatchObject({ stored: false, reason: 'conflict' })
  expect(stowOutcome(409, failure('00081198', 0xa900))).toMatchObject({ reason: 'identifiers' })
  expect(stowOutcome(409, failure('0008119A', 0xc000))).toMatchObject({ reason: 'cannot-understand' })
  expect(stowOutcome(503, failure('00081198', 0xa700))).toMatchObject({ reason: 'out-of-resources' })
})

test.each([
  [0, '', 'network'],
  [401, '{"title":"Log in"}', 'logged-out'],
  [403, '', 'forbidden'],
  [413, '<html>nginx</html>', 'too-large'],
  [415, '', 'media-type'],
  [503, '', 'away'],
  [502, '<html>', 'status'],
  [200, '{}', 'status'],
  [200, 'null', 'status'],
  [200, '[]', 'status'],
])('status %i without a usable body is never taken for success', (status, text, reason) => {
  expect(stowOutcome(status, text)).toMatchObject({ stored: false, reason })
})

test('a reason that has no words of its own keeps its code', () => {
  expect(stowOutcome(409, failure('00081198', 0x0107))).toEqual({
    stored: false,
    reason: 'code',
    code: 0x0107,
  })
})

test('only what can end otherwise may be tried again', () => {
  expect((['away', 'network', 'logged-out', 'processing'] as const).every(mayRetry)).toBe(true)
  expect((['conflict', 'not-dicom', 'identifiers', 'too-large', 'forbidden'] as const).some(mayRetry)).toBe(
    false,
  )
})
