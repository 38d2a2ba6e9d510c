import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { isMalformedId } from './malformed-id.ts'

const id = randomUUID()

test.each([
  ['GET', { id }, false],
  ['POST', { id, caseId: id, versionId: id }, false],
  ['POST', { shareId: 'anything' }, false],
  ['GET', { id: 'x' }, false], // the patient's page says it in the practice's frame, on record
  ['POST', { id: 'x' }, true],
  ['GET', { id, caseId: 'x' }, true],
  ['GET', { id, caseId: id, versionId: `${id}'` }, true],
])('%s %o is malformed: %s', (method, params, expected) => {
  expect(isMalformedId(method, params)).toBe(expected)
})

test('an address with a NUL names nothing, in its path and in its query', () => {
  expect(isMalformedId('GET', { uid: '\0' }, '/volume/%00')).toBe(true)
  expect(isMalformedId('GET', {}, '/?q=a%00b')).toBe(true)
  expect(isMalformedId('GET', {}, '/?q=100%25')).toBe(false)
})
