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

const sliderKeys = 'ArrowLeft ArrowRight ArrowUp ArrowDown Home End PageUp PageDown'.split(' ')

/** Whether a key press is for the field that has the focus: all are for a text, those that move it for a slider. */
export function isForField({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement && target.type === 'range') return sliderKeys.includes(key)
  if (target instanceof HTMLInputElement && target.type === 'checkbox') return key === ' '
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

/** Whether a key press is a shortcut: not for a field, not with a modifier, not within a dialog. */
export function isShortcut(event: KeyboardEvent): boolean {
  if (!singleKeys.on || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false
  return !isForField(event) && !document.querySelector('dialog[open]')
}
