/** A stretch of a ray, in units of its direction. */
export type Span = { start: number; end: number }

/** Cuts the span to where `position + velocity × t` lies between low and high; an empty result has start ≥ end. */
export function clip(span: Span, position: number, velocity: number, low: number, high: number): void {
  if (velocity < 1e-6 && velocity > -1e-6) {
    if (position < low || position > high) span.end = -Infinity
    return
  }
  const a = (low - position) / velocity
  const b = (high - position) / velocity
  const from = a < b ? a : b
  const to = a < b ? b : a
  if (from > span.start) span.start = from
  if (to < span.end) span.end = to
}
