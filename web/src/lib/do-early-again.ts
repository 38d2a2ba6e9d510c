/** What somebody did to a page before its scripts had come, as app.html has kept it. */
export type DoneEarly =
  | { button: HTMLButtonElement }
  | { field: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement; value: string; checked?: boolean }

/**
 * Does again, in order, what was pressed and typed before the page's scripts had come: nobody listened then, and a
 * page that comes to life sets its fields to what the server knew.
 */
export function doEarlyAgain(): void {
  const { keepEarly, doneEarly = [] } = window
  if (keepEarly) for (const type of ['click', 'input']) removeEventListener(type, keepEarly, true)
  for (const done of doneEarly.splice(0)) {
    if ('button' in done) {
      if (done.button.isConnected) done.button.click()
      continue
    }
    const { field, value, checked } = done
    if (!field.isConnected) continue
    if (field.type !== 'file' && field.value !== value) field.value = value
    if ('checked' in field && checked !== undefined) field.checked = checked
    field.dispatchEvent(new Event('input', { bubbles: true }))
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }
}
