/**
 * The largest table of procedures, in bytes: some ten thousand lines. The text that was read goes back to be taken over,
 * in UTF-8, where a letter of Latin-1 takes two: that is still within what a form may send (`BODY_SIZE_LIMIT`).
 */
export const fileBytesMax = 1_000_000
