/**
 * Inputs that once were read wrongly, and tricks that are known (nesting 10,000 deep, lengths of 0xFFFFFFFF, bombs of
 * parts, floods of headers, boundaries in pieces, entities in entities): one line of JSON each, in a file for each target.
 */
export const keptFolder = new URL('./kept/', import.meta.url)

export function keptName(target: string): string {
  return `${target.replaceAll(' ', '-').toLowerCase()}.jsonl`
}
