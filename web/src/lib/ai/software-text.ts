import type { AiResult } from './ai-result.ts'

/** `Name 2.1`, as the software gives them; '' when it gives no name. */
export function softwareText({ name, version }: AiResult['software']): string {
  return [name, name === '' ? '' : version].filter((part) => part !== '').join(' ')
}
