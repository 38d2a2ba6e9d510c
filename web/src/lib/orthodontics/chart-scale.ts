/** Round values that a scale names, in their order, so that all of `values` lie between the first and the last. */
export function scaleTicks(values: readonly number[]): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const span = most - least || Math.max(1, Math.abs(most))
  const rough = span / 3
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10)
  const first = Math.floor(least / step)
  const last = Math.max(first + 1, Math.ceil(most / step))
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toFixed(6)))
}

/** Days that an axis of time names: every month, or every so many that they do not stand too close. ISO days. */
export function monthTicks(from: string, to: string, countMax: number): string[] {
  const months = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1
  const [first, last] = [months(from) + 1, months(to)]
  const every = [1, 2, 3, 6, 12, 24, 60].find((each) => (last - first) / each <= countMax) ?? 120
  const ticks: string[] = []
  for (let month = Math.ceil(first / every) * every; month <= last; month += every)
    ticks.push(`${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`)
  return ticks
}
