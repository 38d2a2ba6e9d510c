/** Remembers the language chosen on public pages; says nothing about who chose. */
export const localeCookieName = 'bitewing_language'
