/** Whether a form of the page, or of a part of it, holds something that was typed or chosen and not sent. */
export function hasTyped(within: ParentNode = document): boolean {
  return [...within.querySelectorAll('form :is(input, textarea, select)')].some((field) => {
    if (field.closest('[role=search]')) return false
    if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue
    if (field instanceof HTMLSelectElement) {
      const first = [...field.options].find(({ defaultSelected }) => defaultSelected) ?? field.options[0]
      return field.value !== (first?.value ?? '')
    }
    if (!(field instanceof HTMLInputElement) || field.type === 'hidden') return false
    return field.type === 'checkbox' || field.type === 'radio'
      ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue
  })
}
