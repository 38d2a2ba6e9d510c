import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as fontkit from 'fontkit'
import { unpackWoff } from './unpack-woff.ts'

/** The app's typeface, in the weights that a document is set in. */
export type PdfWeight = 'regular' | 'bold'

const weights = { regular: 400, bold: 600 } as const
/** French, English and most European names lie in the first; the second is asked for what it lacks. */
const subsets = ['latin', 'latin-ext'] as const

type PdfFont = { name: string; bytes: Buffer; has: (codePoint: number) => boolean }

const { resolve } = createRequire(import.meta.url)
const opened = new Map<PdfWeight, PdfFont[]>()

/** The files that a weight consists of, the one that is tried first to begin with; opened once in a process. */
export function pdfFonts(weight: PdfWeight): PdfFont[] {
  let fonts = opened.get(weight)
  if (!fonts) {
    fonts = subsets.map((subset) => {
      const name = `atkinson-hyperlegible-next-${subset}-${weights[weight]}-normal`
      const path = resolve(`@fontsource/atkinson-hyperlegible-next/files/${name}.woff`)
      const bytes = unpackWoff(readFileSync(path))
      const font = fontkit.create(bytes)
      if (!('hasGlyphForCodePoint' in font)) throw new Error('A typeface is expected, not several')
      return { name, bytes, has: (codePoint) => font.hasGlyphForCodePoint(codePoint) }
    })
    opened.set(weight, fonts)
  }
  return fonts
}

/** A piece of text that one file has all letters of. */
type PdfRun = { font: PdfFont; text: string }

/**
 * Text in pieces by the file that has its letters. A letter that none has is written by its base letter, and as a
 * question mark where there is none either; spaces that are there for looks are plain ones that do not break.
 */
export function pdfRuns(text: string, weight: PdfWeight): PdfRun[] {
  const [first, ...others] = pdfFonts(weight)
  if (!first) return []
  const runs: PdfRun[] = []
  for (const character of text.normalize('NFC').replace(/[\u2000-\u200a\u202f]/g, '\u00a0')) {
    const fonts = [first, ...others]
    const wanted = character.codePointAt(0) ?? 0
    // breaks of lines and spaces belong to whatever stands before
    const isSpace = /\s/.test(character)
    if (!isSpace && /[\p{Cc}\p{Cf}]/u.test(character)) continue
    let font = isSpace ? (runs.at(-1)?.font ?? first) : fonts.find(({ has }) => has(wanted))
    let written = character
    if (!font) {
      written = [...character.normalize('NFKD')].find((each) => first.has(each.codePointAt(0) ?? 0)) ?? '?'
      font = first
    }
    const last = runs.at(-1)
    if (last?.font === font) last.text += written
    else runs.push({ font, text: written })
  }
  return runs
}
