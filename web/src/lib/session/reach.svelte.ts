/** Whether the server can be reached. */
class Reach {
  /** requests of this page are waiting for the server */
  away = $state(false)
  /** this device has no network at all, as the browser says */
  offline = $state(false)
  /** something was held back just now, so that what is typed stays: how often */
  held = $state(0)
  /** a form was sent in vain just now: the server failed, refuses it, or has no more what it is about */
  unsent = $state.raw<{ why: 'failed' | 'forbidden' | 'gone'; requestId: string | undefined } | null>(null)

  get lost(): boolean {
    return this.away || this.offline
  }
}
export const reach = new Reach()
