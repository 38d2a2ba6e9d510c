import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import * as fontkit from 'fontkit'
import subsetFont from 'subset-font'
import { isRightToLeft, unseen } from './isolated.ts'
import { unpackWoff } from './unpack-woff.ts'

/** In what a document is set. */
export type PdfWeight = 'regular' | 'bold'

export type PdfFont = {
  name: string
  bytes: Buffer
  has: (codePoint: number) => boolean
  /** how far above the line its letters reach, as a part of the size */
  ascent: number
}

/** A piece of text that one file has all letters of. */
export type PdfRun = { font: PdfFont; text: string }

const weights = { regular: 400, bold: 600 } as const
/**
 * The app's typeface, in which French, English and most European names are written; and others with the letters of
 * Vietnamese, Greek, Cyrillic, Hindi, Arabic and Hebrew. Of each the files in the order in which letters are looked
 * for.
 */
const families = [
  { folder: 'atkinson-hyperlegible-next', subsets: ['latin', 'latin-ext'] },
  {
    folder: 'noto-sans',
    subsets: [
      'latin',
      'latin-ext',
      'vietnamese',
      'greek',
      'greek-ext',
      'cyrillic',
      'cyrillic-ext',
      'devanagari',
    ],
  },
  // Noto's draws dots apart from what they stand over, so that a reader takes one letter for another
  { folder: 'vazirmatn', subsets: ['arabic'] },
  { folder: 'noto-sans-hebrew', subsets: ['hebrew'] },
] as const

/**
 * Typefaces of thousands of letters, in a hundred slices each: how a letter that several languages share is drawn
 * depends on the language, which the script beside it tells. Chinese where nothing does.
 */
const eastern = [
  { folder: 'noto-sans-kr', script: /\p{Script=Hangul}/u },
  { folder: 'noto-sans-jp', script: /[\p{Script=Hiragana}\p{Script=Katakana}]/u },
  { folder: 'noto-sans-sc', script: /\p{Script=Han}/u },
] as const
const easternLetter =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u

const { resolve } = createRequire(import.meta.url)
const opened = new Map<string, PdfFont>()

function readFont(name: string, bytes: Buffer): PdfFont {
  const read = fontkit.create(bytes)
  if (!('hasGlyphForCodePoint' in read)) throw new Error('A typeface is expected, not several')
  return {
    name,
    bytes,
    has: (codePoint) => read.hasGlyphForCodePoint(codePoint),
    ascent: read.ascent / read.unitsPerEm,
  }
}

/** A file of a typeface, opened once in a process. */
function openFont(folder: string, subset: string, weight: PdfWeight): PdfFont {
  const name = `${folder}-${subset}-${weights[weight]}-normal`
  let font = opened.get(name)
  if (!font) {
    font = readFont(name, unpackWoff(readFileSync(resolve(`@fontsource/${folder}/files/${name}.woff`))))
    opened.set(name, font)
  }
  return font
}

/** What most is written in, and where lines stand. */
export function mainPdfFont(weight: PdfWeight): PdfFont {
  return openFont(families[0].folder, families[0].subsets[0], weight)
}

type Family = { fontFor: (letter: string, weight: PdfWeight) => PdfFont | null }

/** The file of a family that has a letter; those of rare letters are opened when one is asked for. */
const common: Family[] = families.map(({ folder, subsets }) => ({
  fontFor: (letter, weight) => {
    const codePoint = letter.codePointAt(0) ?? 0
    for (const subset of subsets) {
      const font = openFont(folder, subset, weight)
      if (font.has(codePoint)) return font
    }
    return null
  },
}))

/** Which slice of a typeface has a letter, as its package says. */
const slicesRead = new Map<string, Promise<{ slice: string; ranges: [from: number, to: number][] }[]>>()

async function readSlices(folder: string) {
  const text = await readFile(resolve(`@fontsource-variable/${folder}/unicode.json`), 'utf8')
  const slices = JSON.parse(text) as Record<string, string> // "[4]": "U+1F1E9-1F1F5,U+1F1F7"
  return Object.entries(slices).map(([slice, list]) => ({
    slice: slice.replace(/[[\]]/g, ''),
    ranges: list.split(',').map((range): [number, number] => {
      const [from = '', to = from] = range.slice('U+'.length).split('-')
      return [Number.parseInt(from, 16), Number.parseInt(to, 16)]
    }),
  }))
}

/** The letters that one document needs, cut from the slices of a typeface. */
async function cutFamily(folder: string, letters: readonly string[]): Promise<Family> {
  let slices = slicesRead.get(folder)
  if (!slices) slicesRead.set(folder, (slices = readSlices(folder)))
  const lettersOf = new Map<string, string>()
  const sliceOf = new Map<string, string>()
  for (const letter of letters) {
    const codePoint = letter.codePointAt(0) ?? 0
    const found = (await slices).find(({ ranges }) =>
      ranges.some(([from, to]) => codePoint >= from && codePoint <= to),
    )
    if (!found) continue
    sliceOf.set(letter, found.slice)
    lettersOf.set(found.slice, `${lettersOf.get(found.slice) ?? ''}${letter}`)
  }
  const fonts = new Map<string, PdfFont>()
  for (const [slice, cut] of lettersOf) {
    const file = await readFile(
      resolve(`@fontsource-variable/${folder}/files/${folder}-${slice}-wght-normal.woff2`),
    )
    for (const wght of Object.values(weights)) {
      const bytes = await subsetFont(file, cut, { targetFormat: 'truetype', variationAxes: { wght } })
      const name = `${folder}-${slice}-${wght}`
      fonts.set(`${slice} ${wght}`, readFont(name, bytes))
    }
  }
  return {
    fontFor: (letter, weight) => {
      const font = fonts.get(`${sliceOf.get(letter) ?? ''} ${weights[weight]}`)
      return font?.has(letter.codePointAt(0) ?? 0) ? font : null
    },
  }
}

/** The typefaces that one document is set in. */
export class PdfFonts {
  #eastern: { script: RegExp; family: Family }[] = []

  /** Opens what Chinese, Japanese and Korean text is written in, where there is any. */
  async bring(text: string): Promise<void> {
    const composed = text.normalize('NFC')
    const letters = [...new Set(composed)].filter((letter) => easternLetter.test(letter))
    const needed = eastern.filter(({ script }) => script.test(composed))
    const has = (letter: string) =>
      this.#eastern.some(({ family }) => family.fontFor(letter, 'regular') !== null)
    this.#eastern = []
    for (const { folder, script } of needed)
      this.#eastern.push({ script, family: await cutFamily(folder, letters) })
    for (const { folder, script } of eastern) {
      const missing = letters.filter((letter) => !has(letter))
      if (missing.length > 0) this.#eastern.push({ script, family: await cutFamily(folder, missing) })
    }
  }

  /**
   * Text in pieces by the file that has its letters. A word is in one typeface: in another where the first lacks one
   * of its letters. A letter that none has is written by its base letter, and as a question mark where there is none
   * either; spaces that are there for looks are plain ones that do not break.
   */
  runs(text: string, weight: PdfWeight): PdfRun[] {
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
      // this tells that Arabic letters do not join
      .replace(/(?<!\p{Script=Arabic})\u200c/gu, '')
      // no typeface has the marks of direction, which text that runs one way needs none of: phones put them round names
      .replace(
        isRightToLeft(text) ? /(?![\s\u200c\u2068-\u2069])[\p{Cc}\p{Cf}]/gu : /(?!\s)[\p{Cc}\p{Cf}]/gu,
        '',
      )
    const inOrder = this.#eastern.toSorted(
      (one, other) => Number(other.script.test(plain)) - Number(one.script.test(plain)),
    )
    const all = [...common, ...inOrder.map(({ family }) => family)]
    for (const word of plain.split(/(\s+)/u)) {
      // breaks of lines and spaces belong to whatever stands before, if it has any
      if (/^\s/u.test(word)) {
        const before = runs.at(-1)?.font
        write(before?.has(0x20) ? before : main, word)
        continue
      }
      const letters = [...word]
      const family = all.find(({ fontFor }) =>
        letters.every((letter) => unseen.test(letter) || fontFor(letter, weight)),
      )
      for (const letter of letters) {
        if (unseen.test(letter)) {
          write(runs.at(-1)?.font ?? main, letter)
          continue
        }
        const font = family?.fontFor(letter, weight) ?? firstFont(all, letter, weight)
        if (font) write(font, letter)
        else
          write(main, [...letter.normalize('NFKD')].find((each) => main.has(each.codePointAt(0) ?? 0)) ?? '?')
      }
    }
    return runs
  }
}

function firstFont(all: readonly Family[], letter: string, weight: PdfWeight): PdfFont | null {
  for (const { fontFor } of all) {
    const font = fontFor(letter, weight)
    if (font) return font
  }
  return null
}
