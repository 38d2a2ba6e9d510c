/** Times of one kind of work, in milliseconds with one decimal. */
export type Summary = {
  count: number
  p50: number
  p95: number
  /** Bytes of the last answer's body, so that a fast but smaller answer shows. */
  bytes?: number
}

/**
 * Median and 95th percentile by nearest rank: a value that was really measured, never one in between.
 *
 * @param milliseconds in any order, at least one
 * @throws {RangeError} when there is none
 */
export function summarize(milliseconds: readonly number[], bytes?: number): Summary {
  if (milliseconds.length === 0) throw new RangeError('Nothing was measured')
  const sorted = milliseconds.toSorted((a, b) => a - b)
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
  return {
    count: sorted.length,
    p50: Number(rank(0.5).toFixed(1)),
    p95: Number(rank(0.95).toFixed(1)),
    ...(bytes === undefined ? {} : { bytes }),
  }
}

/** Our time as a share of the peer's, with three decimals: below 1 is faster. Null where nothing can be divided. */
export function ratio(ours: Summary, peer: Summary): { p50: number | null; p95: number | null } {
  const share = (mine: number, theirs: number) =>
    theirs > 0 && mine >= 0 ? Number((mine / theirs).toFixed(3)) : null
  return { p50: share(ours.p50, peer.p50), p95: share(ours.p95, peer.p95) }
}
