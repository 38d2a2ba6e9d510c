import { decodeFrame } from '../decode/decode-frame.ts'
import { cropPicture } from '../encode/crop-picture.ts'
import { encodePicture } from '../encode/encode-picture.ts'
import { toSrgb } from '../encode/to-srgb.ts'
import { showFrame } from '../show/show-frame.ts'
import type { ChildLimits, Job } from './job.ts'

/**
 * One job from start to end, in the child process.
 *
 * @throws {PixelError}
 */
export async function runJob(job: Job, limits: ChildLimits): Promise<unknown> {
  const native = await decodeFrame(job.frame, job.image, limits)
  if (job.kind === 'decode') return { ...native, iccProfile: undefined }

  const shown = await toSrgb(showFrame(native, job.image, job.window ?? null))
  const picture = cropPicture(shown, job.region, job.flipHorizontal ?? false, job.flipVertical ?? false)
  // The library works in the process's two threads: as many pictures are made at a time.
  return Promise.all(
    job.outputs.map((output) => encodePicture(picture, job.image.pixelAspect, output, limits)),
  )
}
