/** Gives the focus to the first of some buttons that can be pressed: at an end of a list one of them cannot any more. */
export function focusPressable(...ids: string[]): void {
  const buttons = ids.map((id) => document.getElementById(id))
  buttons.find((button) => button?.matches(':enabled'))?.focus()
}
