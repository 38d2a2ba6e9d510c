import { expect, test } from 'vitest'
import { csvLine } from './csv-line.ts'

test('commas, quotes and line breaks stay within their field', () => {
  expect(csvLine([1, 'Côté, Zoé', 'says "ah"', 'a\nb'])).toBe('1,"Côté, Zoé","says ""ah""","a\nb"\r\n')
})

test.each(['=HYPERLINK("http://evil.example")', '+1', '-1', '@SUM(A1)', '\t=1'])(
  '%j reaches a spreadsheet as text, not as a formula',
  (value) => {
    expect(csvLine([value])).toMatch(/^"?'/)
  },
)
