/* global addEventListener, document, location */
// The page of `sw.js` for when there is no connection: in the language and look of the app, and away again by itself.
const again = () => location.reload()
try {
  const language = localStorage.getItem('bitewing-language')
  if (language === 'en' || language === 'fr') {
    document.documentElement.lang = language
    for (const part of document.querySelectorAll('div[lang]')) part.hidden = part.lang !== language
  }
  const mode = localStorage.getItem('mode-watcher-mode')
  if (mode === 'light' || mode === 'dark') document.documentElement.classList.add(mode)
} catch {
  // storage is closed: both languages, the system's look
}
for (const button of document.querySelectorAll('button')) {
  button.hidden = false
  button.addEventListener('click', again)
}
addEventListener('online', again)
const everyMs = 5000
setInterval(() => {
  fetch('/healthz', { cache: 'no-store' }).then(
    (answer) => answer.ok && again(),
    () => undefined,
  )
}, everyMs)
