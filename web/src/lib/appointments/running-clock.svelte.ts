import { minuteOf, timeOf } from './day-layout.ts'

const tickMs = 15_000
const minuteMs = 60_000
const dayMinutes = 24 * 60

/**
 * The practice's clock between two answers of the server: pages stay open all day, and are not asked for again only
 * because time passes.
 *
 * @param of       day and time as the server said, in the practice's time zone
 * @param midnight told when the day is over
 */
export class RunningClock {
  #of: () => { day: string; time: string }
  #passed = $state(0)

  constructor(of: () => { day: string; time: string }, midnight: () => void) {
    this.#of = of
    $effect(() => {
      const { time } = of()
      const since = Date.now()
      this.#passed = 0
      const timer = setInterval(() => {
        this.#passed = Math.max(0, Math.floor((Date.now() - since) / minuteMs))
        if (minuteOf(time) + this.#passed >= dayMinutes) midnight()
      }, tickMs)
      return () => clearInterval(timer)
    })
  }

  /** HH:MM */
  get time(): string {
    return timeOf(Math.min(dayMinutes - 1, minuteOf(this.#of().time) + this.#passed))
  }
}
