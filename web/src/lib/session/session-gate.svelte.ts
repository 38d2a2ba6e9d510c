/**
 * Where requests wait whose session has ended, until somebody has logged in again on the open page: what was typed,
 * chosen and half uploaded stays.
 */
class SessionGate {
  /** whether the page asks for the password */
  asking = $state(false)
  #opened: PromiseWithResolvers<void> | null = null

  /** Resolves once the session is open again. */
  reopened(): Promise<void> {
    this.#opened ??= Promise.withResolvers<void>()
    this.asking = true
    return this.#opened.promise
  }

  open() {
    this.asking = false
    this.#opened?.resolve()
    this.#opened = null
  }
}
export const sessionGate = new SessionGate()
