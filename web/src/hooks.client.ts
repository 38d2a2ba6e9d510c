import { overwriteGetLocale } from '#paraglide/runtime.js'
import { isLocale } from '#lib/locale.ts'

// the server has decided; a change of language loads the page anew
overwriteGetLocale(() => {
  const { lang } = document.documentElement
  return isLocale(lang) ? lang : 'fr'
})
