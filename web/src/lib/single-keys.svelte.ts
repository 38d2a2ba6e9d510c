const storageKey = 'bitewing-single-keys'

/** Shortcuts of one key can be switched off: speech input types letters (WCAG 2.1.4). */
class SingleKeys {
  #on = $state(typeof localStorage === 'undefined' || localStorage.getItem(storageKey) !== 'off')

  get on() {
    return this.#on
  }
  set on(value: boolean) {
    this.#on = value
    localStorage.setItem(storageKey, value ? 'on' : 'off')
  }
}
export const singleKeys = new SingleKeys()

/** Whether a key press is a shortcut: not typed into a field, not with a modifier, not within a dialog. */
export function isShortcut(event: KeyboardEvent): boolean {
  if (!singleKeys.on || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false
  const { target } = event
  if (!(target instanceof HTMLElement)) return true
  return (
    !target.isContentEditable &&
    !/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) &&
    !document.querySelector('dialog[open]')
  )
}
