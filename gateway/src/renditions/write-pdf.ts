const [columns, linesPerPage] = [88, 64]
const [left, top, leading] = [54, 790, 12]

/** What Windows-1252 has between 0x80 and 0x9F, as code points. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/**
 * Lines of text as a PDF of A4 pages in Courier, one of the fonts every reader has (PDF 32000-1 §9.6.2.2), so that
 * nothing has to be embedded. Long lines are broken at 88 characters.
 *
 * @returns null for text that this font's encoding does not have (beyond Western European)
 */
export function writePdf(text: string): Buffer | null {
  const lines = text
    .split('\n')
    .flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [''])
    .map(encode)
  if (lines.some((line) => line === null)) return null

  const pages: string[][] = []
  for (let at = 0; at < lines.length; at += linesPerPage) {
    pages.push(lines.slice(at, at + linesPerPage).map((line) => line ?? ''))
  }
  const pageIds = pages.map((_, index) => 4 + index * 2)
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pageIds.map((id) => `${id} 0 R`).join(' ')}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>',
    ...pages.flatMap((page, index) => {
      const content = `BT /F1 10 Tf ${leading} TL ${left} ${top} Td\n${page.map((line) => `(${line}) Tj T*`).join('\n')}\nET`
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + index * 2} 0 R >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ]
    }),
  ]
  let file = '%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const start = file.length
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  file += offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(file, 'latin1')
}

/** Text of a PDF string in WinAnsiEncoding, one character a byte; null when it has not all of it. */
function encode(line: string): string | null {
  let encoded = ''
  for (const character of line) {
    const code = character.codePointAt(0) ?? 0
    const special = code > 0xff ? windows1252.indexOf(character) : -1
    if (code > 0xff && special < 0) return null
    if (code < 0x20) encoded += ' '
    else if (character === '(' || character === ')' || character === '\\') encoded += `\\${character}`
    else encoded += special >= 0 ? String.fromCharCode(0x80 + special) : character
  }
  return encoded
}
