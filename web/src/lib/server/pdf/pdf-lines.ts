import bidiFactory from 'bidi-js'
import LineBreaker from 'linebreak'
import { isRightToLeft, unseen } from './isolated.ts'
import type { PdfRun } from './pdf-fonts.ts'

const bidi = bidiFactory()
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
  let from = 0
  for (const paragraph of `${runs.map(({ text }) => text).join('')}\n`.match(/[^\n]*\n/g) ?? []) {
    const text = paragraph.slice(0, -1)
    const own = cut(runs, from, from + text.length)
    from += paragraph.length
    // a name in Hebrew within a French line does not turn the line around
    const isAllRightToLeft = isRightToLeft(text) && !/\p{Script=Latin}/u.test(text)
    const levels = bidi.getEmbeddingLevels(text, isAllRightToLeft ? 'rtl' : 'ltr')
    const ends = lineEnds(text, width, (start, end) =>
      cut(own, start, end)
        .flatMap((run) => run.text.split(unseen).map((part) => widthOf({ ...run, text: part })))
        .reduce((sum, each) => sum + each, 0),
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

/** Part of a text in its typefaces. */
function cut(runs: readonly PdfRun[], start: number, end: number): PdfRun[] {
  const parts: PdfRun[] = []
  let at = 0
  for (const { font, text } of runs) {
    const part = text.slice(Math.max(0, start - at), Math.max(0, end - at))
    if (part !== '') parts.push({ font, text: part })
    at += text.length
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
  runs: readonly PdfRun[],
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
