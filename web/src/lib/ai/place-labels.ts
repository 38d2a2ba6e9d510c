/** A label as it would lie by itself: its lower left corner, and how much room it needs, in pixels of the pane. */
export type WantedLabel = { key: string; x: number; y: number; width: number }
/** `isMoved`: so far from where it would lie that a line leads to what it is of. */
export type PlacedLabel = { x: number; y: number; isMoved: boolean }

/** From the bottom of a label to that of the next. */
const lineHeight = 19
/** What lies above it on every pane: whose picture it is, whose words these are. */
const topMin = 48
const edge = 6

/**
 * Where labels lie so that none covers another and all lie on the pane: each as near to its own place as it can, the
 * topmost first. Where the pane has no room left a label lies at its own place.
 *
 * @param size of the pane in pixels
 */
export function placeLabels(
  labels: readonly WantedLabel[],
  size: { width: number; height: number },
): Map<string, PlacedLabel> {
  const placed: { x: number; y: number; width: number }[] = []
  const found = new Map<string, PlacedLabel>()
  for (const { key, x: wantedX, y: wantedY, width } of labels.toSorted((a, b) => a.y - b.y || a.x - b.x)) {
    const x = Math.max(edge, Math.min(wantedX, size.width - width - edge))
    const own = Math.max(topMin, Math.min(wantedY, size.height - edge))
    const isFree = (y: number) =>
      y >= topMin &&
      y <= size.height - edge &&
      placed.every(
        (other) =>
          Math.abs(other.y - y) >= lineHeight ||
          other.x >= x + width + edge ||
          x >= other.x + other.width + edge,
      )
    const beside = placed.flatMap((other) => [other.y - lineHeight, other.y + lineHeight])
    const [y = own] = [own, ...beside].filter(isFree).sort((a, b) => Math.abs(a - own) - Math.abs(b - own))
    placed.push({ x, y, width })
    found.set(key, {
      x,
      y,
      isMoved: Math.abs(y - wantedY) > lineHeight || Math.abs(x - wantedX) > lineHeight,
    })
  }
  return found
}
