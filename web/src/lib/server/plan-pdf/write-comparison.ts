import { dayText, doubtTexts, placedText } from '#lib/compare/comparison-text.ts'
import type { ShownComparison, ShownLayer } from '#lib/compare/shown-comparison.ts'
import { kindName } from '#lib/format/image-kind.ts'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'
import type { PdfSheet } from '../pdf/pdf-sheet.ts'
import { comparedKey } from './fetch-pictures.ts'

const soft = '#5d6068'
const warning = '#8a5200'
const gap = 12
const heightMax = 210

/**
 * A before and after beside each other, laid on the first as staff aligned them, each cut to what the first shows; below,
 * how well they lie and what not to read from them.
 *
 * @param pictures JPEG by `comparedKey`; null for one that is there no more
 */
export async function writeComparison(
  sheet: PdfSheet,
  comparison: ShownComparison,
  pictures: ReadonlyMap<string, Uint8Array | null>,
  locale: Locale,
): Promise<void> {
  const [first, ...others] = comparison.layers
  const width = (sheet.width - gap) / 2
  const scale = Math.min(width / first.width, heightMax / first.height)
  const height = first.height * scale
  sheet.y += 14
  // title, one row and its captions stay together
  sheet.need(height + 70)
  await sheet.within('Sect', async () => {
    sheet.tag('H2', () =>
      sheet.text(comparison.title || m.before_after({}, { locale }), { weight: 'bold', size: 14 }),
    )
    let top = sheet.y
    for (const [index, layer] of comparison.layers.entries()) {
      if (index % 2 === 0) {
        sheet.y += 6
        sheet.need(height + 20)
        top = sheet.y
      }
      const x = sheet.left + (index % 2) * (width + gap)
      const caption = dayText(layer, index === 0 ? null : first, locale)
      const bytes = pictures.get(comparedKey(comparison, layer))
      const show = () => drawLayer(sheet, layer, first, bytes ?? null, { x, y: top, scale })
      await sheet.within('Sect', () => {
        sheet.tag('Figure', show, { alt: `${kindName(layer.kind, locale)}, ${caption}` })
        const small = { x, y: top + height + 3, width, size: 8, colour: soft, oneLine: true }
        sheet.tag('P', () => sheet.text(caption, small))
      })
      sheet.y = top + height + 16
    }
    for (const layer of others) {
      const similarity = layer.placedBy === 'none' ? null : layer.similarity
      const placed = placedText(similarity, layer.placedBy, layer.error, locale)
      sheet.tag('P', () => sheet.text(placed, { size: 8, colour: soft }))
      if (layer.mirrored) {
        sheet.tag('P', () => sheet.text(m.compare_is_mirrored({}, { locale }), { size: 8, colour: soft }))
      }
    }
    for (const doubt of new Set(others.flatMap(({ doubts }) => doubts)))
      sheet.tag('P', () => sheet.text(doubtTexts[doubt]({}, { locale }), { size: 9, colour: warning }))
  })
}

function drawLayer(
  sheet: PdfSheet,
  { similarity: { a, b, dx, dy }, mirrored, width, height }: ShownLayer,
  first: ShownLayer,
  bytes: Uint8Array | null,
  at: { x: number; y: number; scale: number },
): void {
  const { doc } = sheet
  doc.save()
  doc.translate(at.x, at.y).scale(at.scale)
  doc.rect(0, 0, first.width, first.height).fill('#000000')
  if (bytes) {
    doc.rect(0, 0, first.width, first.height).clip()
    doc.transform(a, b, -b, a, dx, dy)
    if (mirrored) doc.transform(-1, 0, 0, 1, width, 0)
    doc.image(Buffer.from(bytes), 0, 0, { width, height })
  }
  doc.restore()
}
