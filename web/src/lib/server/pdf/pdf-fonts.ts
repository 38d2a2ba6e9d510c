import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as fontkit from 'fontkit'
import { unpackWoff } from './unpack-woff.ts'

/** In what a document is set. */
export type PdfWeight = 'regular' | 'bold'

type PdfFont = {
  name: string
  bytes: Buffer
  has: (codePoint: number) => boolean
  /** how far above the line its letters reach, as a part of the size */
  ascent: number
}

const weights = { regular: 400, bold: 600 } as const
/**
 * The app's typeface, in which French, English and most European names are written; and one with the letters of
 * Vietnamese, Greek and Cyrillic. Of each the files in the order in which letters are looked for.
 */
const families = [
  { folder: 'atkinson-hyperlegible-next', subsets: ['latin', 'latin-ext'] },
  {
    folder: 'noto-sans',
    subsets: ['latin', 'latin-ext', 'vietnamese', 'greek', 'greek-ext', 'cyrillic', 'cyrillic-ext'],
  },
] as const

const { resolve } = createRequire(import.meta.url)
const opened = new Map<string, PdfFont>()

/** A file of a typeface, opened once in a process. */
function openFont(folder: string, subset: string, weight: PdfWeight): PdfFont {
  const name = `${folder}-${subset}-${weights[weight]}-normal`
  let font = opened.get(name)
  if (!font) {
    const bytes = unpackWoff(readFileSync(resolve(`@fontsource/${folder}/files/${name}.woff`)))
    const read = fontkit.create(bytes)
    if (!('hasGlyphForCodePoint' in read)) throw new Error('A typeface is expected, not several')
    font = {
      name,
      bytes,
      has: (codePoint) => read.hasGlyphForCodePoint(codePoint),
      ascent: read.ascent / read.unitsPerEm,
    }
    opened.set(name, font)
  }
  return font
}

/** What most is written in, and where lines stand. */
export function mainPdfFont(weight: PdfWeight): PdfFont {
  return openFont(families[0].folder, families[0].subsets[0], weight)
}

/** The file of a family that has a letter; those of rare letters are opened when one is asked for. */
function fontFor(family: (typeof families)[number], letter: string, weight: PdfWeight): PdfFont | null {
  const codePoint = letter.codePointAt(0) ?? 0
  for (const subset of family.subsets) {
    const font = openFont(family.folder, subset, weight)
    if (font.has(codePoint)) return font
  }
  return null
}

/** A piece of text that one file has all letters of. */
type PdfRun = { font: PdfFont; text: string }

/**
 * Text in pieces by the file that has its letters. A word is in one typeface: in the second where the first lacks one
 * of its letters. A letter that neither has is written by its base letter, and as a question mark where there is none
 * either; spaces that are there for looks are plain ones that do not break.
 */
export function pdfRuns(text: string, weight: PdfWeight): PdfRun[] {
  const main = mainPdfFont(weight)
  const runs: PdfRun[] = []
  const write = (font: PdfFont, written: string) => {
    const last = runs.at(-1)
    if (last?.font === font) last.text += written
    else runs.push({ font, text: written })
  }
  const plain = text
    .normalize('NFC')
    .replace(/[\u2000-\u200a\u202f]/g, '\u00a0')
    .replace(/(?!\s)[\p{Cc}\p{Cf}]/gu, '')
  for (const word of plain.split(/(\s+)/u)) {
    const letters = [...word]
    // breaks of lines and spaces belong to whatever stands before
    if (/^\s/u.test(word)) {
      write(runs.at(-1)?.font ?? main, word)
      continue
    }
    const family =
      families.find((each) => letters.every((letter) => fontFor(each, letter, weight))) ?? families[0]
    for (const letter of letters) {
      const font = fontFor(family, letter, weight) ?? fontFor(families[1], letter, weight)
      if (font) write(font, letter)
      else
        write(main, [...letter.normalize('NFKD')].find((each) => main.has(each.codePointAt(0) ?? 0)) ?? '?')
    }
  }
  return runs
}
