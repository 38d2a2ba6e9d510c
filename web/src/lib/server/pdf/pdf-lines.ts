import bidiFactory from 'bidi-js'
import LineBreaker from 'linebreak'
import { isRightToLeft, unseen } from './isolated.ts'
import type { PdfRun } from './pdf-fonts.ts'

const bidi = bidiFactory()
/** Letters of all other scripts. */
const leftToRight = /(?![\p{Script=Arabic}\p{Script=Hebrew}])\p{L}/u
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const shown = (text: string) => text.replace(new RegExp(unseen, 'gu'), '')

/** A line: its pieces as they stand from left to right, each to be shaped by itself. */
export type PdfLine = {
  pieces: PdfRun[]
  /** of a paragraph that is all written from right to left, and has further lines */
  fromRight: boolean
}

/**
 * Text in several typefaces or from right to left as lines that fit a width (UAX #14), their pieces in the order in
 * which they are seen (UAX #9). Letters of a piece stay in the order in which they are read: shaping turns them around.
 */
export function pdfLines(
  runs: readonly PdfRun[],
  width: number,
  widthOf: (piece: PdfRun) => number,
): PdfLine[] {
  const lines: PdfLine[] = []
  const measured = remembered(widthOf)
  let from = 0
  const placed: PlacedRun[] = []
  let at = 0
  for (const run of runs) {
    placed.push({ ...run, at })
    at += run.text.length
  }
  for (const paragraph of `${runs.map(({ text }) => text).join('')}\n`.match(/[^\n]*\n/g) ?? []) {
    const text = paragraph.slice(0, -1)
    const own = cut(placed, from, from + text.length)
    from += paragraph.length
    // a name in Hebrew within a French line does not turn the line around
    const isAllRightToLeft = isRightToLeft(text) && !leftToRight.test(text)
    const levels = bidi.getEmbeddingLevels(text, isAllRightToLeft ? 'rtl' : 'ltr')
    const ends = lineEnds(text, width, (start, end) =>
      cut(own, start, end).reduce((sum, run) => sum + wordsOf(run, measured), 0),
    )
    let start = 0
    for (const end of ends) {
      const trimmed = start + text.slice(start, end).trimEnd().length
      lines.push({
        pieces: trimmed === start ? [] : seen(own, text, levels, start, trimmed),
        fromRight: isAllRightToLeft && ends.length > 1,
      })
      start = end
    }
  }
  return lines
}

/** Words are measured over and over while lines are filled with them. */
function remembered(widthOf: (piece: PdfRun) => number): (piece: PdfRun) => number {
  const widths = new Map<string, number>()
  return (piece) => {
    const key = `${piece.font.name} ${piece.text}`
    const width = widths.get(key) ?? widthOf(piece)
    widths.set(key, width)
    return width
  }
}

/** How wide a run is, word by word as it is shaped. */
function wordsOf({ font, text }: PdfRun, widthOf: (piece: PdfRun) => number): number {
  return text
    .split(/(?<=\s)|[\u200c\u2068-\u2069]/u)
    .reduce((sum, word) => sum + widthOf({ font, text: word }), 0)
}

type PlacedRun = PdfRun & { at: number }

/** Part of a text in its typefaces. */
function cut(runs: readonly PlacedRun[], start: number, end: number): PlacedRun[] {
  const parts: PlacedRun[] = []
  // a long text has thousands of runs, a line some: begun with is the one that `start` lies in
  let [low, high] = [0, runs.length]
  while (low + 1 < high) {
    const middle = (low + high) >> 1
    if ((runs[middle]?.at ?? 0) <= start) low = middle
    else high = middle
  }
  for (let index = low; index < runs.length; index++) {
    const run = runs[index]
    if (!run || run.at >= end) break
    const text = run.text.slice(Math.max(0, start - run.at), end - run.at)
    if (text !== '') parts.push({ font: run.font, text, at: Math.max(0, run.at - start) })
  }
  return parts
}

/** Where the lines of a paragraph end; a word that is wider than a line ends in the midst of it. */
function lineEnds(text: string, width: number, widthOf: (start: number, end: number) => number): number[] {
  const breaker = new LineBreaker(text)
  const ends: number[] = []
  let [start, fits] = [0, 0]
  for (let next = breaker.nextBreak(); next; next = breaker.nextBreak()) {
    const visible = (from: number) => from + text.slice(from, next.position).trimEnd().length
    if (fits > start && widthOf(start, visible(start)) > width) {
      ends.push(fits)
      start = fits
    }
    if (widthOf(start, visible(start)) > width) {
      for (const { index, segment } of graphemes.segment(text.slice(start, next.position))) {
        const at = fits + index
        if (at > start && segment.trim() !== '' && widthOf(start, at + segment.length) > width) {
          ends.push(at)
          start = at
        }
      }
    }
    fits = next.position
  }
  ends.push(text.length)
  return ends
}

/** A line as it is seen: runs of one direction and typeface from left to right. */
function seen(
  runs: readonly PlacedRun[],
  text: string,
  levels: ReturnType<typeof bidi.getEmbeddingLevels>,
  start: number,
  end: number,
): PdfRun[] {
  const fonts = runs.flatMap((run) => Array.from({ length: run.text.length }, () => run.font))
  const turned = (at: number) => (levels.levels[at] ?? 0) % 2 === 1
  const pieces: PdfRun[] = []
  // of the whole text, with those of the line in their new order
  const order = bidi.getReorderedIndices(text, levels, start, end - 1).slice(start, end)
  let from = 0
  const kindOf = (at: number) =>
    /\s/u.test(text.charAt(at)) ? 'space' : unseen.test(text.charAt(at)) ? 'unseen' : 'letter'
  for (let next = 1; next <= order.length; next++) {
    const [first = 0, before = 0, here] = [order[from], order[next - 1], order[next]]
    const step = turned(first) ? -1 : 1
    if (
      here === before + step &&
      fonts[here] === fonts[first] &&
      turned(here) === turned(first) &&
      // a word is shaped by itself
      !(turned(first) && kindOf(here) !== kindOf(before))
    )
      continue
    const [low, high] = [Math.min(first, before), Math.max(first, before) + 1]
    const font = fonts[first]
    const piece = shown(text.slice(low, high))
    if (font && piece !== '')
      pieces.push({ font, text: turned(first) && !isRightToLeft(piece) ? mirrored(piece) : piece })
    from = next
  }
  return pieces
}

/** Signs between letters from right to left, which shaping does not turn around: brackets, digits' neighbours. */
function mirrored(text: string): string {
  return Array.from(graphemes.segment(text), ({ segment }) => bidi.getMirroredCharacter(segment) ?? segment)
    .toReversed()
    .join('')
}
