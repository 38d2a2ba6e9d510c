/**
 * Why a frame has no picture.
 *
 * - `unsupported`: well formed, but this release has no decoder for it (video, JPEG XL, retired photometrics …)
 * - `damaged`: the bytes contradict their description or their own format
 * - `too-large`: over a bound on pixels or memory, or declaring more pixels than its bytes can hold
 * - `invalid-request`: the caller asked for something impossible (a region outside the frame, a window of width 0)
 * - `crashed`: the child process that worked on it died; only this job is lost
 * - `timed-out`: the job took longer than it may; its process was killed
 * - `busy`: the queue is full; ask again later
 * - `aborted`: the caller's signal fired before the answer
 * - `closed`: the pool is closed
 */
export type PixelErrorCode =
  | 'unsupported'
  | 'damaged'
  | 'too-large'
  | 'invalid-request'
  | 'crashed'
  | 'timed-out'
  | 'busy'
  | 'aborted'
  | 'closed'

const passing: readonly PixelErrorCode[] = ['timed-out', 'busy', 'aborted', 'closed']

/** The one error of this folder. Its message names formats and sizes, never what the picture or its header says. */
export class PixelError extends Error {
  readonly code: PixelErrorCode
  /** It came of the moment, as far as is known, not of the image: asking again may help. */
  readonly isPassing: boolean

  constructor(code: PixelErrorCode, message: string, { isPassing = passing.includes(code) } = {}) {
    super(message)
    this.name = 'PixelError'
    this.code = code
    this.isPassing = isPassing
  }
}
