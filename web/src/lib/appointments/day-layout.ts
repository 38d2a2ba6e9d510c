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

/**
 * What has no room where a column shows `lanesMax` lanes beside each other: of those that overlap more than that many
 * deep, all from the last lane on, told together for as long as they overlap.
 *
 * @returns stretches in minutes since midnight, in their order, with the spans in each
 */
export function withoutRoom(
  spans: readonly Span[],
  lanes: ReadonlyMap<string, Lane>,
  lanesMax: number,
): { from: number; to: number; ids: string[] }[] {
  const crowds: { from: number; to: number; ids: string[] }[] = []
  const left = spans.filter(({ id }) => {
    const { lane, lanes: of } = lanes.get(id) ?? { lane: 0, lanes: 1 }
    return of > lanesMax && lane >= lanesMax - 1
  })
  for (const { id, time, minutes } of left.toSorted((a, b) => minuteOf(a.time) - minuteOf(b.time))) {
    const from = minuteOf(time)
    const last = crowds.at(-1)
    if (last && from < last.to) {
      last.ids.push(id)
      last.to = Math.max(last.to, from + minutes)
    } else crowds.push({ from, to: from + minutes, ids: [id] })
  }
  return crowds
}

/** A part of a day, in minutes since midnight. */
export type Hours = { from: number; to: number }

const usual: Hours = { from: 8 * 60, to: 17 * 60 }

/**
 * The hours to show, in minutes since midnight: those of the practice, or a usual day, and whatever lies outside of it.
 *
 * @param open when the practice is open on the days shown; none where it is closed, or nobody has said
 */
export function hoursOf(spans: readonly Omit<Span, 'id'>[], open: readonly Hours[] = []): Hours {
  const shown = open.length === 0 ? [usual] : open
  const from = Math.min(...shown.map((each) => each.from), ...spans.map(({ time }) => minuteOf(time)))
  const to = Math.max(
    ...shown.map((each) => each.to),
    ...spans.map(({ time, minutes }) => minuteOf(time) + minutes),
  )
  return { from: Math.floor(from / 60) * 60, to: Math.min(24 * 60, Math.ceil(to / 60) * 60) }
}

/** When the practice is open on a day, ISO date; null where nobody has said. */
export function openOn<T>(week: readonly T[] | null, day: string): T | null {
  // Monday is the first
  return week?.[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7] ?? null
}

/** The parts of `hours` in which the practice is closed. */
export function closedWithin(hours: Hours, open: readonly Hours[]): Hours[] {
  const bounds = [hours.from, ...open.flatMap(({ from, to }) => [from, to]), hours.to]
  const parts: Hours[] = []
  for (let at = 0; at < bounds.length; at += 2) {
    const from = Math.max(hours.from, bounds[at] ?? 0)
    const to = Math.min(hours.to, bounds[at + 1] ?? 0)
    if (from < to) parts.push({ from, to })
  }
  return parts
}

/** Whether an appointment lies wholly in one of the parts in which the practice is open. */
export function isWithin({ time, minutes }: Omit<Span, 'id'>, open: readonly Hours[]): boolean {
  return open.some(({ from, to }) => minuteOf(time) >= from && minuteOf(time) + minutes <= to)
}

/** A day some days later, ISO dates. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The days of the week in which a day lies, from Monday. */
export function weekOf(day: string): string[] {
  const since = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
  return Array.from({ length: 7 }, (_, index) => dayAfter(day, index - since))
}
