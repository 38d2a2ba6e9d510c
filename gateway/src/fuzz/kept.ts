/** Inputs that once were read wrongly, one line of JSON each, in a file for each target. */
export const keptFolder = new URL('./kept/', import.meta.url)

export function keptName(target: string): string {
  return `${target.replaceAll(' ', '-').toLowerCase()}.jsonl`
}
