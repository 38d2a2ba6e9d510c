import PDFDocument from 'pdfkit'
import type { Locale } from '#lib/locale.ts'
import { mainPdfFont, pdfRuns, type PdfWeight } from './pdf-fonts.ts'

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
  #font({ name, bytes }: { name: string; bytes: Buffer }): PDFKit.PDFDocument {
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

  /** Writes text and stands below it. */
  text(text: string, options: TextOptions = {}): void {
    const { size = 10, weight = 'regular', colour = ink, align = 'left', oneLine = false } = options
    const { x = this.left, width = this.right - x, y = this.y } = options
    const runs = pdfRuns(text, weight)
    const main = mainPdfFont(weight)
    const isMixed = runs.some(({ font }) => font.ascent !== main.ascent)
    for (const [index, run] of runs.entries()) {
      this.#font(run.font).fontSize(size).fillColor(colour)
      const layout = {
        width,
        align,
        lineGap: size * 0.22,
        // letters of another typeface stand on the same line
        ...(isMixed && { baseline: -main.ascent * size }),
        continued: index < runs.length - 1,
        ...(oneLine && { height: size * 1.3, ellipsis: true }),
      }
      if (index === 0) this.doc.text(run.text, x, y, layout)
      else this.doc.text(run.text, layout)
    }
  }

  /** How high `text` would be. */
  heightOf(text: string, { size = 10, weight = 'regular', x, width }: TextOptions = {}): number {
    if (text === '') return 0
    this.#font(mainPdfFont(weight)).fontSize(size)
    return this.doc.heightOfString(text, {
      width: width ?? this.right - (x ?? this.left),
      lineGap: size * 0.22,
    })
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
