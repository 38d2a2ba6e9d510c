import { compressFrame } from '../compress/compress-frame.ts'
import { decodeFrame } from '../decode/decode-frame.ts'
import { drawMesh } from '../draw/draw-mesh.ts'
import { readModel } from '../draw/read-model.ts'
import { cropPicture } from '../encode/crop-picture.ts'
import { encodeByRows, encodePicture } from '../encode/encode-picture.ts'
import { pictureSize } from '../encode/picture-size.ts'
import { toSrgb } from '../encode/to-srgb.ts'
import { presentAtSize, presentFrame } from '../present/present-frame.ts'
import type { Rendition, ShownView } from '../pixels.ts'
import { drawOverlay } from '../show/draw-overlay.ts'
import { wholePicture } from '../show/picture.ts'
import { showByRows, showFrame } from '../show/show-frame.ts'
import type { ChildLimits, Job } from './job.ts'

/** Side of the square that a model is drawn in, before it is made smaller. */
const modelSide = 1024

/**
 * One job from start to end, in the child process.
 *
 * @throws {PixelError}
 */
export async function runJob(job: Job, limits: ChildLimits): Promise<unknown> {
  if (job.kind === 'model') {
    const picture = drawMesh(readModel(job.frame.bytes, job.format), job.arch, modelSide)
    return Promise.all(job.outputs.map((output) => encodePicture(picture, 1, output, limits)))
  }
  if (job.kind === 'compress') return compressFrame(job.frame, job.image, job.transferSyntaxUid, limits)

  const isForPicture = job.kind !== 'decode'
  const native = await decodeFrame(job.frame, job.image, limits, { isForPicture })
  if (job.kind === 'decode') return { ...native, iccProfile: undefined }
  if (job.kind === 'view') {
    const { window, source, quirks, asSent } = showFrame(native, job.image, null)
    return { window, source, quirks, asSent } satisfies ShownView
  }

  const { presentation } = job
  if (presentation) {
    const presented = await presentFrame(native, job.image, presentation)
    return Promise.all(
      job.outputs.map(async (output) =>
        encodePicture(await presentAtSize(presented, presentation, output, limits), 1, output, limits),
      ),
    )
  }

  const byRows = showByRows(native, job.image, job.window ?? null)
  const [output, another] = job.outputs
  if (byRows && output && !another && isShownWhole(job)) {
    const rendition = encodeByRows(byRows, job.image.pixelAspect, output, limits)
    if (rendition) return [await rendition]
  }

  const shown = byRows ? wholePicture(byRows) : await toSrgb(showFrame(native, job.image, job.window ?? null))
  if (!job.withoutOverlays) {
    for (const plane of job.image.overlays) drawOverlay(shown, plane, 255, native, job.image)
  }
  const picture = cropPicture(shown, job.region, job.flipHorizontal ?? false, job.flipVertical ?? false)
  // A small image is the same at 1024, 2048 and full: made once. The library works in the process's two threads, so as
  // many pictures are made at a time.
  const made = new Map<string, Promise<Rendition>>()
  return Promise.all(
    job.outputs.map((output) => {
      const { width, height } = pictureSize(picture, job.image.pixelAspect, output)
      const { format, quality, similarityMin, preview, progressive, square, iccProfile, overlay } = output
      const canvas = square ? output.width : 0
      const key = [
        format,
        quality,
        similarityMin,
        preview,
        progressive,
        width,
        height,
        canvas,
        iccProfile,
        overlay?.data.length,
      ].join()
      const rendition = made.get(key) ?? encodePicture(picture, job.image.pixelAspect, output, limits)
      made.set(key, rendition)
      return rendition
    }),
  )
}

/** Nothing is drawn into it, and nothing cut away or turned. */
function isShownWhole({
  region,
  flipHorizontal = false,
  flipVertical = false,
  withoutOverlays = false,
  image,
}: Extract<Job, { kind: 'render' }>): boolean {
  return !region && !flipHorizontal && !flipVertical && (withoutOverlays || image.overlays.length === 0)
}
