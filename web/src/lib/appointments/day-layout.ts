/** What a calendar needs to know of an appointment. */
export type Span = { id: string; time: string; minutes: number }

/** Where a span stands beside those that it overlaps: lane `lane` of `lanes`, from 0. */
export type Lane = { lane: number; lanes: number }

/** Minutes since midnight of `HH:MM`. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** `HH:MM` of minutes since midnight; what is beyond the day is cut off at its ends. */
export function timeOf(minute: number): string {
  const within = Math.min(24 * 60 - 5, Math.max(0, Math.round(minute)))
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}`
}

export function overlap(a: Omit<Span, 'id'>, b: Omit<Span, 'id'>): boolean {
  const [from, other] = [minuteOf(a.time), minuteOf(b.time)]
  return from < other + b.minutes && other < from + a.minutes
}

/** Side by side what overlaps, each in the first lane that is free; what does not has the whole width. */
export function lanesOf(spans: readonly Span[]): Map<string, Lane> {
  const sorted = spans.toSorted(
    (a, b) => minuteOf(a.time) - minuteOf(b.time) || b.minutes - a.minutes || (a.id < b.id ? -1 : 1),
  )
  const lanes = new Map<string, Lane>()
  let cluster: { id: string; lane: number }[] = []
  let ends: number[] = []
  const close = () => {
    for (const { id, lane } of cluster) lanes.set(id, { lane, lanes: ends.length })
    cluster = []
    ends = []
  }
  for (const { id, time, minutes } of sorted) {
    const from = minuteOf(time)
    if (ends.every((end) => end <= from)) close()
    const free = ends.findIndex((end) => end <= from)
    const lane = free < 0 ? ends.length : free
    ends[lane] = from + minutes
    cluster.push({ id, lane })
  }
  close()
  return lanes
}

const usualFrom = 8 * 60
const usualTo = 17 * 60

/** The hours to show, in minutes since midnight: a usual day, and whatever lies outside of it. */
export function hoursOf(spans: readonly Span[]): { from: number; to: number } {
  const from = Math.min(usualFrom, ...spans.map(({ time }) => minuteOf(time)))
  const to = Math.max(usualTo, ...spans.map(({ time, minutes }) => minuteOf(time) + minutes))
  return { from: Math.floor(from / 60) * 60, to: Math.min(24 * 60, Math.ceil(to / 60) * 60) }
}
