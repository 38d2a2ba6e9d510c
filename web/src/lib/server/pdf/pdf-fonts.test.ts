import { expect, test } from 'vitest'
import { isolated } from './isolated.ts'
import { PdfFonts } from './pdf-fonts.ts'

test('marks of direction stay where text runs both ways, and are not drawn as a missing letter where it does not', () => {
  const written = (text: string) =>
    new PdfFonts()
      .runs(text, 'regular')
      .map((run) => run.text)
      .join('')
  expect(written('Pour \u2068Zoé\u2069 :')).toBe('Pour Zoé :')
  const both = `Pour ${isolated('דוד')} :`
  expect(written(both)).toBe(both)
})
