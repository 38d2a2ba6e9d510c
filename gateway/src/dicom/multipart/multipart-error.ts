/**
 * Why a multipart body cannot be read.
 *
 * - `boundary-missing` Content-Type has no boundary, or one that RFC 2046 §5.1.1 does not allow
 * - `boundary-not-found` the body does not begin with the boundary, within reason
 * - `malformed-header` a part's header is no header
 * - `header-too-long` a part's header is longer than the limit
 * - `too-many-parts`, `part-too-large` limits of the caller
 * - `truncated` the body ends before its closing boundary
 */
export type MultipartErrorCode =
  | 'boundary-missing'
  | 'boundary-not-found'
  | 'malformed-header'
  | 'header-too-long'
  | 'too-many-parts'
  | 'part-too-large'
  | 'truncated'

/** A multipart body that breaks RFC 2046 or a limit. The message holds no bytes of the body. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError'
  readonly code: MultipartErrorCode

  constructor(code: MultipartErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
