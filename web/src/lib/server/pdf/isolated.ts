const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}]/u

/** What has no letter: begin and end of text whose direction is its own (UAX #9 §2.4), and what parts two that join. */
export const unseen = /[\u200c\u2068-\u2069]/u

/** Whether some of a text is written from right to left. */
export function isRightToLeft(text: string): boolean {
  return rightToLeft.test(text)
}

/**
 * Text that is to stand within other text: a name written from right to left would draw the number of a date after it
 * to its own other side.
 */
export function isolated(text: string): string {
  return isRightToLeft(text) ? `\u2068${text}\u2069` : text
}
