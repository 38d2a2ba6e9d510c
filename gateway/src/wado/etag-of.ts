import { createHash } from 'node:crypto'
import type { HeldInstance } from '../study-index/find-instance.ts'

/** Strong: follows from the bytes of all files and how they are sent. */
export function etagOf(
  held: readonly Pick<HeldInstance, 'sopInstanceUid' | 'fileSha256'>[],
  how: string,
): string {
  const hash = createHash('sha256').update(how)
  for (const { sopInstanceUid, fileSha256 } of held) hash.update(sopInstanceUid).update(fileSha256)
  return `"p-${hash.digest('base64url').slice(0, 32)}"`
}
