/** A path of this site to go on to after log-in; anything that could lead elsewhere becomes the start page. */
export function localPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next)) return '/'
  return next
}
