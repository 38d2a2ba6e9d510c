/** What part of a plane a pane shows: the middle, in the plane's millimetres, and how many lie on a pixel. */
export type PanePlace = { u: number; v: number; mmPerPixel: number }
export type PaneSize = { width: number; height: number }
/** What is to be seen of a plane. */
export type PaneBox = { left: number; top: number; right: number; bottom: number }

/** All of a box within a pane, with a little room round it. */
export function fittedPlace({ left, top, right, bottom }: PaneBox, { width, height }: PaneSize): PanePlace {
  const mmPerPixel = Math.max((right - left) / Math.max(1, width), (bottom - top) / Math.max(1, height))
  return { u: (left + right) / 2, v: (top + bottom) / 2, mmPerPixel: mmPerPixel * 1.02 }
}

/** Larger or smaller round a place of the pane, which stays where it is. */
export function zoomedPlace(
  place: PanePlace,
  by: number,
  at: { x: number; y: number },
  size: PaneSize,
  limits: { finest: number; coarsest: number },
): PanePlace {
  const mmPerPixel = Math.min(limits.coarsest, Math.max(limits.finest, place.mmPerPixel / by))
  const change = place.mmPerPixel - mmPerPixel
  return {
    u: place.u + (at.x - size.width / 2) * change,
    v: place.v + (at.y - size.height / 2) * change,
    mmPerPixel,
  }
}

/** From the plane's millimetres to pixels of the pane. */
export function toPane(place: PanePlace, { width, height }: PaneSize, u: number, v: number) {
  return {
    x: (u - place.u) / place.mmPerPixel + width / 2,
    y: (v - place.v) / place.mmPerPixel + height / 2,
  }
}

/** From pixels of the pane to the plane's millimetres. */
export function fromPane(place: PanePlace, { width, height }: PaneSize, x: number, y: number) {
  return {
    u: place.u + (x - width / 2) * place.mmPerPixel,
    v: place.v + (y - height / 2) * place.mmPerPixel,
  }
}
