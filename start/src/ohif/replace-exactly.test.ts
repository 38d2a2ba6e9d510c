import { expect, test } from 'vitest'
import { replaceExactly } from './replace-exactly.ts'

test('every occurrence is replaced when there are as many as expected', () => {
  expect(replaceExactly('a = "/"; b = "/"', '"/"', '"/viewer/"', 2)).toBe('a = "/viewer/"; b = "/viewer/"')
})

test.each([
  ['gone', 'nothing of the kind', 0],
  ['multiplied', '"/" and "/"', 2],
])('a text that is %s fails the install', (_, source, found) => {
  expect(() => replaceExactly(source, '"/"', '"/viewer/"')).toThrow(`found it ${found} times`)
})
