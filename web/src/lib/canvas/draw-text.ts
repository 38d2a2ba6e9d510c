/** Writes a line that is read on pictures of any brightness. `x`, `y`: its foot, in pixels of the canvas. */
export function drawText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  { align = 'left', size = 20 }: { align?: CanvasTextAlign; size?: number } = {},
): void {
  context.font = `${size}px system-ui, sans-serif`
  context.textAlign = align
  context.lineWidth = size / 5
  context.strokeStyle = '#000'
  context.strokeText(text, x, y)
  context.fillStyle = '#e7e6e3'
  context.fillText(text, x, y)
}
