import PDFDocument from 'pdfkit'
import type { Locale } from '#lib/locale.ts'
import { isRightToLeft } from './isolated.ts'
import { mainPdfFont, PdfFonts, type PdfFont, type PdfRun, type PdfWeight } from './pdf-fonts.ts'
import { pdfLines } from './pdf-lines.ts'

type TextOptions = {
  /** points */
  size?: number
  weight?: PdfWeight
  colour?: string
  align?: 'left' | 'right' | 'center'
  /** points from the left edge of the page and its width; the column between the margins without */
  x?: number
  width?: number
  /** points; where the sheet stands without */
  y?: number
  /** one line, cut where it is too long */
  oneLine?: boolean
}

const ink = '#1a1d24'
/** between lines, as a part of the size */
const leading = 0.22
const indic = /\p{Script=Devanagari}/u

/**
 * How letters from right to left are joined: without the ligatures that need not be, since readers turn the letters of
 * one around once more.
 */
function joined(text: string): { features?: PDFKit.Mixins.OpenTypeFeatures[] } {
  // fontkit takes features that are off by name, which pdfkit's types do not know; and writes into what it is given
  const features = { liga: false } as unknown as PDFKit.Mixins.OpenTypeFeatures[]
  return isRightToLeft(text) ? { features } : {}
}

type SheetOptions = {
  title: string
  author: string
  locale: Locale
  /** when what it says became final: the same text has the same bytes each time */
  at: Date
}

/**
 * A PDF on letter paper that is written from top to bottom: tagged (PDF/UA-1), with its language, title and typeface.
 * Distances are points, 72 to the inch, from the upper left. All that is written comes within `tag`, so that who
 * listens hears it, or within `ornament`, so that they do not.
 */
export class PdfSheet {
  readonly doc: PDFKit.PDFDocument
  readonly left = 54
  readonly right = 612 - 54
  readonly bottom = 792 - 62
  #open: ReturnType<PDFKit.PDFDocument['struct']>[]
  readonly #registered = new Set<string>()
  readonly #fonts = new PdfFonts()

  constructor({ title, author, locale, at }: SheetOptions) {
    this.doc = new PDFDocument({
      size: 'LETTER',
      margins: { top: 54, right: 54, bottom: 62, left: 54 },
      pdfVersion: '1.7',
      // its types know the subsets of PDF/A alone
      subset: 'PDF/UA' as 'PDF/A-2',
      tagged: true,
      displayTitle: true,
      lang: `${locale}-CA`,
      // numbers of pages come last
      bufferPages: true,
      font: '', // its own would be Helvetica, which is in no file
      info: {
        Title: title,
        Author: author,
        Creator: 'Bitewing',
        Producer: 'Bitewing',
        CreationDate: at,
        ModDate: at,
      },
    })
    const root = this.doc.struct('Document')
    this.doc.addStructure(root)
    this.#open = [root]
  }

  /** Chooses a file of a typeface; a document holds those that it uses. */
  #font({ name, bytes }: PdfFont): PDFKit.PDFDocument {
    if (!this.#registered.has(name)) {
      this.doc.registerFont(name, bytes)
      this.#registered.add(name)
    }
    return this.doc.font(name)
  }

  get width() {
    return this.right - this.left
  }
  get y() {
    return this.doc.y
  }
  set y(value: number) {
    this.doc.y = value
  }

  /** What `write` writes is one element of the structure: a heading, a paragraph, a cell. */
  tag(type: string, write: () => void, options: PDFKit.Mixins.StructureElementOptions = {}): void {
    const element = this.doc.struct(type, options, [write])
    this.#open.at(-1)?.add(element)
    element.end()
  }

  /** Elements that `write` makes lie in one: a section, a table, a row. */
  async within(type: string, write: () => void | Promise<void>): Promise<void> {
    const element = this.doc.struct(type)
    this.#open.at(-1)?.add(element)
    this.#open.push(element)
    await write()
    this.#open.pop()
    element.end()
  }

  /** Lines, grounds and numbers of pages, which nobody needs to hear. */
  ornament(draw: () => void, type: 'Layout' | 'Pagination' = 'Layout'): void {
    this.doc.markContent('Artifact', { type })
    draw()
    this.doc.endMarkedContent()
  }

  /** Opens the typefaces of what will be written, where it is Chinese, Japanese or Korean. */
  async bring(text: string): Promise<void> {
    await this.#fonts.bring(text)
  }

  /** Writes text and stands below it. */
  text(text: string, options: TextOptions = {}): void {
    const { size = 10, weight = 'regular', colour = ink, align = 'left', oneLine = false } = options
    const { x = this.left, width = this.right - x, y = this.y } = options
    const runs = this.#fonts.runs(text, weight)
    const main = mainPdfFont(weight)
    if (runs.some(({ font }) => font !== main)) {
      this.#mixed(runs, { size, weight, colour, align, oneLine, x, width, y })
      return
    }
    this.#font(main).fontSize(size).fillColor(colour)
    const cut = oneLine && { height: size * 1.3, ellipsis: true }
    const plain = runs.map((run) => run.text).join('')
    this.doc.text(plain, x, y, { width, align, lineGap: size * leading, ...cut })
  }

  /** Text that is not all in the main typeface: lines are broken and their pieces placed here. */
  #mixed(runs: readonly PdfRun[], options: Required<TextOptions>): void {
    const { size, weight, colour, align, oneLine, x, width, y } = options
    const main = mainPdfFont(weight)
    const widthOf = (run: PdfRun) => this.#widthOf(run, size)
    const lines = oneLine ? [this.#cutLine(runs, width, main, widthOf)] : pdfLines(runs, width, widthOf)
    const step = this.#lineHeight(size, weight)
    let top = y
    for (const { pieces, fromRight } of lines) {
      if (!oneLine && top + step > this.bottom) {
        this.doc.continueOnNewPage()
        top = this.doc.page.margins.top
      }
      const left = width - pieces.reduce((sum, piece) => sum + widthOf(piece), 0)
      const side = fromRight && align === 'left' ? 'right' : align
      let at = x + { left: 0, center: left / 2, right: left }[side]
      for (const piece of pieces) {
        const wide = widthOf(piece)
        this.doc.fillColor(colour)
        const isTurned = isRightToLeft(piece.text)
        // the first of a piece's glyphs is its last letter (PDF 32000-1 §14.8.2.3.3)
        if (isTurned) this.doc.markContent('ReversedChars')
        // vowels stand before the letter that they follow
        else if (indic.test(piece.text)) this.doc.markContent('Span', { actual: piece.text })
        // letters of another typeface stand on the same line
        const baseline = -main.ascent * size
        this.doc.text(piece.text, at, top, { lineBreak: false, baseline, ...joined(piece.text) })
        if (isTurned || indic.test(piece.text)) this.doc.endMarkedContent()
        at += wide
      }
      top += step
    }
    this.doc.x = x
    this.y = top
  }

  /** What of a text fits on one line, with a sign where there was more. */
  #cutLine(
    runs: readonly PdfRun[],
    width: number,
    main: PdfFont,
    widthOf: (run: PdfRun) => number,
  ): ReturnType<typeof pdfLines>[number] {
    let kept = runs.map(({ font, text }) => ({ font, text: text.replaceAll('\n', ' ') }))
    let [line, second] = pdfLines(kept, width, widthOf)
    while (second && kept.length > 0) {
      const [last] = kept.slice(-1)
      const letters = [...(last?.text ?? '')].slice(0, -1)
      kept = kept.slice(0, -1)
      if (last && letters.length > 0) kept.push({ font: last.font, text: letters.join('') })
      ;[line, second] = pdfLines([...kept, { font: main, text: '…' }], width, widthOf)
    }
    return line ?? { pieces: [], fromRight: false }
  }

  #widthOf({ font, text }: PdfRun, size: number): number {
    return this.#font(font).fontSize(size).widthOfString(text, joined(text))
  }

  #lineHeight(size: number, weight: PdfWeight): number {
    return this.#font(mainPdfFont(weight)).fontSize(size).currentLineHeight(true) + size * leading
  }

  /** How high `text` would be. */
  heightOf(text: string, { size = 10, weight = 'regular', x, width }: TextOptions = {}): number {
    if (text === '') return 0
    const room = width ?? this.right - (x ?? this.left)
    const runs = this.#fonts.runs(text, weight)
    const main = mainPdfFont(weight)
    if (runs.some(({ font }) => font !== main)) {
      return pdfLines(runs, room, (run) => this.#widthOf(run, size)).length * this.#lineHeight(size, weight)
    }
    this.#font(main).fontSize(size)
    return this.doc.heightOfString(text, { width: room, lineGap: size * leading })
  }

  /** Goes on to the next page where less than this is left on the page. */
  need(height: number): void {
    if (this.y + height > this.bottom) this.doc.addPage()
  }

  line(y = this.y, colour = '#d8d5cd', width = 0.75): void {
    this.ornament(() => {
      this.doc.moveTo(this.left, y).lineTo(this.right, y).lineWidth(width).strokeColor(colour).stroke()
    })
  }

  /** Below each page, the last thing before `end`: what it belongs to, and which of how many it is. */
  end(footer: (page: number, pages: number) => [left: string, right: string]): void {
    const { start, count } = this.doc.bufferedPageRange()
    for (let page = 0; page < count; page++) {
      this.doc.switchToPage(start + page)
      // below the margin, where text would go on to a next page
      this.doc.page.margins.bottom = 0
      const [left, right] = footer(page + 1, count)
      const small = { size: 8, colour: '#5d6068', y: 792 - 44, oneLine: true }
      this.ornament(() => {
        this.text(left, { ...small, width: this.width - 100 })
        this.text(right, { ...small, x: this.right - 90, width: 90, align: 'right' })
      }, 'Pagination')
    }
    for (const element of this.#open.toReversed()) element.end()
    this.doc.end()
  }
}
