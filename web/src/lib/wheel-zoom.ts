/** How many times nearer the wheel, or two fingers on a touchpad, bring a picture. @param pixels of scrolling for e times */
export function wheelZoom({ deltaY, deltaMode }: WheelEvent, pixels = 300): number {
  const lines = deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
  return Math.exp((-deltaY * lines) / pixels)
}
