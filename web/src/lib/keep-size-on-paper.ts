/** What a page of landscape letter or A4 has between its margins, in CSS pixels. */
const paper = { width: 960, height: 620 }

/**
 * Lets an element be on paper as it is on the screen, smaller: pictures that are drawn for a size cannot be drawn anew
 * while a page is printed. `print:keeps-size` in the style sheet reads what this writes.
 *
 * @returns what ends it
 */
export function keepSizeOnPaper(element: HTMLElement): () => void {
  const keep = () => {
    const { clientWidth: width, clientHeight: height } = element
    if (width === 0 || height === 0) return
    element.style.setProperty('--paper-width', `${width}px`)
    element.style.setProperty('--paper-height', `${height}px`)
    element.style.setProperty('--paper-zoom', String(Math.min(paper.width / width, paper.height / height)))
  }
  addEventListener('beforeprint', keep)
  return () => removeEventListener('beforeprint', keep)
}
