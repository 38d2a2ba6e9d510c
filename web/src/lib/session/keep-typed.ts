import { reach } from './reach.svelte.ts'

/**
 * Keeps forms from being sent while there is no connection: the browser, or Kit, would put an error page in the place
 * of what was typed. Whatever is held back is said (`OfflineBar`), and is sent when somebody presses again.
 *
 * @returns what ends it
 */
export function keepTyped(): () => void {
  const hold = (event: SubmitEvent) => {
    const form = event.target
    // a form of a dialog only closes it
    if (!reach.lost || (form instanceof HTMLFormElement && form.method === 'dialog')) return
    event.preventDefault()
    event.stopImmediatePropagation()
    reach.held++
  }
  const connection = () => (reach.offline = !navigator.onLine)
  connection()
  addEventListener('submit', hold, true)
  addEventListener('online', connection)
  addEventListener('offline', connection)
  return () => {
    removeEventListener('submit', hold, true)
    removeEventListener('online', connection)
    removeEventListener('offline', connection)
  }
}
