/**
 * Whether a text is a UID: components of digits joined by single dots, 64 characters at most.
 *
 * Components with leading zeros break PS3.5 §9.1 but are taken: devices in the field send them, every peer
 * takes them, and the text stays an exact and safe key. Anything else (slashes, quotes, spaces) is refused.
 */
export function isUid(text: string): boolean {
  return text.length <= 64 && /^[0-9]+(?:\.[0-9]+)*$/.test(text)
}
