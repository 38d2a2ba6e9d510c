/** Lines as drawn: each a row of x, y pairs in thousandths of the field's width. */
export type SignatureStrokes = number[][]

/** The lines as an SVG path; a single point is a dot. */
export function strokesPath(strokes: SignatureStrokes): string {
  return strokes
    .map((line) => {
      let path = ''
      for (let at = 0; at + 1 < line.length; at += 2)
        path += `${at === 0 ? 'M' : 'L'}${line[at]} ${line[at + 1]}`
      return line.length === 2 ? `${path}l0 .1` : path
    })
    .join('')
}
