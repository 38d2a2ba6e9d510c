/**
 * The text of a table as spreadsheets save it: UTF-8, UTF-16 with its mark ("Unicode text"), or Latin-1 as older ones
 * write.
 *
 * @returns null where it holds what no text does
 */
export function decodeTable(bytes: Uint8Array): string | null {
  const text = decode(bytes)
  return text.includes('\0') || !text.isWellFormed() ? null : text
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
