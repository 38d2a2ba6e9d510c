/** Longer than a double press takes on a tablet, shorter than a second thought. */
const samePressMs = 1500

/** For a form that makes something, as an attachment: pressed twice, it is sent once. What was changed between is sent. */
export function sentOnce(form: HTMLFormElement): () => void {
  let sent = { at: -Infinity, what: '' }
  const send = (event: SubmitEvent) => {
    const what = JSON.stringify([...new FormData(form, event.submitter)].map(tell))
    if (event.timeStamp - sent.at >= samePressMs || what !== sent.what) {
      sent = { at: event.timeStamp, what }
      return
    }
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  // before whatever else sends it
  form.addEventListener('submit', send, true)
  return () => form.removeEventListener('submit', send, true)
}

/** A file by what it is called and when it was changed: another one is sent. */
function tell([name, value]: [string, FormDataEntryValue]): unknown[] {
  return value instanceof File ? [name, value.name, value.size, value.lastModified] : [name, value]
}
