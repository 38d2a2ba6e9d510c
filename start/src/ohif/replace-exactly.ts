/**
 * Replaces a text that must occur exactly `times` times, so that a new OHIF release in which it has
 * moved, gone or multiplied fails at install instead of in front of a dentist.
 *
 * @throws {Error} naming the text and both counts, when it occurs another number of times
 */
export function replaceExactly(source: string, find: string, replacement: string, times = 1): string {
  const parts = source.split(find)
  const found = parts.length - 1
  if (found !== times) {
    throw new Error(`expected ${JSON.stringify(find)} ${times} times, found it ${found} times`)
  }
  return parts.join(replacement)
}
