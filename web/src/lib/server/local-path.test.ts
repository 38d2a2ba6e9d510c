import { expect, test } from 'vitest'
import { localPath } from './local-path.ts'

test('a path of this site is followed', () => {
  expect(localPath('/patients/1?share=2#study-3')).toBe('/patients/1?share=2#study-3')
})

test.each([
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/a\\b',
  '/a\nb',
  '',
  null,
])('%j leads to the start page, never to another site', (next) => {
  expect(localPath(next)).toBe('/')
})
