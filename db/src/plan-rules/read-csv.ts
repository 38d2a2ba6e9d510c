/**
 * The lines of a table as spreadsheets write it (RFC 4180): quotes, line ends within them, and comma, semicolon or
 * tab, whichever the first line has most of. Empty lines are left out.
 */
export function readCsv(text: string): { line: number; cells: string[] }[] {
  const bare = text.replace(/^\uFEFF/, '')
  const [head = ''] = bare.split(/\r?\n/, 1)
  const separator = [',', ';', '\t'].toSorted((a, b) => head.split(b).length - head.split(a).length)[0] ?? ','

  const rows: { line: number; cells: string[] }[] = []
  let cells: string[] = []
  let cell = ''
  let quoted = false
  let line = 1
  let begun = 1
  const endRow = () => {
    cells.push(cell.trim())
    if (cells.some((each) => each !== '')) rows.push({ line: begun, cells })
    cells = []
    cell = ''
    begun = line
  }
  for (let at = 0; at < bare.length; at++) {
    const sign = bare.charAt(at)
    if (sign === '\n') line++
    if (quoted) {
      if (sign !== '"') cell += sign
      else if (bare[at + 1] === '"') {
        cell += '"'
        at++
      } else quoted = false
    } else if (sign === '"' && cell.trim() === '') {
      cell = ''
      quoted = true
    } else if (sign === separator) {
      cells.push(cell.trim())
      cell = ''
    } else if (sign === '\n') endRow()
    else if (sign !== '\r') cell += sign
  }
  endRow()
  return rows
}
