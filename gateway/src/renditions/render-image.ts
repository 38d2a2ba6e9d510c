import { createHash } from 'node:crypto'
import type { Archive } from '../archive/archive.ts'
import { GatewayError } from '../errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { describeImage } from '../originals/describe-image.ts'
import { describePresentation } from '../originals/describe-presentation.ts'
import { lendFrame } from '../originals/load-frame.ts'
import type { Output, Pixels } from '../pixels/pixels.ts'
import { number, type Attributes } from '../study-index/attribute-values.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { annotationOverlay } from './annotation-overlay.ts'
import type { KeptRenditions } from './kept-renditions.ts'
import type { RenderedQuery } from './parse-rendered-query.ts'
import { pixelRefusal } from './pixel-refusal.ts'
import { imageTypes, type ImageType } from './rendered-accept.ts'
import { renditionFolder, renditionVersion } from './rendition.ts'

/**
 * One frame as a picture, PS3.18 §8.3.5: windowed, its region cut out, fitted into the box; or as a presentation state
 * wants it.
 *
 * @param frame 1-based
 * @param state in place of window and region
 * @throws {GatewayError} `invalid-parameter` for a profile in a format that has none; `not-acceptable` with the reason
 *   where there is no picture; `too-many-requests`
 */
export async function renderImage(
  dependencies: { archive: Archive; objectStore: ObjectStore; pixels: Pixels; frameBytesMax: number },
  tenantId: string,
  held: HeldInstance,
  frame: number,
  type: ImageType,
  query: RenderedQuery,
  box: Pick<Output, 'width' | 'height' | 'enlarge'>,
  state: HeldInstance | null = null,
): Promise<Buffer> {
  const format = imageTypes[type]
  if (query.iccProfile && format === 'gif') {
    throw new GatewayError('invalid-parameter', 'GIF holds no colour profile.')
  }
  const overlay = query.annotation.size > 0 ? await overlayOf(held, query, box) : null
  try {
    const image = await describeImage(dependencies, tenantId, held, frame)
    const presentation =
      state && (await describePresentation(dependencies, tenantId, state, held, frame, image))
    const rendition = await dependencies.pixels.render({
      frame: await lendFrame(dependencies, tenantId, held, frame),
      image,
      output: {
        format,
        quality: query.quality,
        ...box,
        ...(query.iccProfile ? { iccProfile: query.iccProfile } : {}),
        ...(overlay ? { overlay } : {}),
      },
      ...(query.window ? { window: query.window } : {}),
      ...(query.region ? { region: query.region } : {}),
      ...(query.flipHorizontal ? { flipHorizontal: true } : {}),
      ...(query.flipVertical ? { flipVertical: true } : {}),
      ...(query.overlays ? {} : { withoutOverlays: true }),
      ...(presentation ? { presentation } : {}),
    })
    return rendition.bytes
  } catch (error) {
    throw pixelRefusal(error)
  }
}

function overlayOf(
  held: HeldInstance,
  { annotation, region }: RenderedQuery,
  box: Pick<Output, 'width'>,
): ReturnType<typeof annotationOverlay> {
  const attributes = JSON.parse(held.metadata) as Attributes // our own JSON
  const width = box.width ?? region?.width ?? number(attributes, '00280011') ?? 512
  return annotationOverlay(attributes, annotation, width)
}

/**
 * As `renderImage`, kept within the practice's quota: a viewer asks for the same viewport again. What has somebody's
 * name written into it is not kept.
 */
export function keptImage(
  dependencies: Parameters<typeof renderImage>[0] & { kept: KeptRenditions },
  tenantId: string,
  held: HeldInstance,
  frame: number,
  type: ImageType,
  query: RenderedQuery,
  box: Pick<Output, 'width' | 'height' | 'enlarge'>,
): Promise<Buffer> {
  const make = () => renderImage(dependencies, tenantId, held, frame, type, query, box)
  if (query.annotation.size > 0) return make()
  const variant = imageEtag(held, frame, type, query, box).replaceAll('"', '')
  const name = `${renditionFolder(held.instanceId)}views/${variant}.${imageTypes[type]}`
  return dependencies.kept.get({ tenantId, instanceId: held.instanceId, name, isMadeUnasked: false }, make)
}

/** Strong: names the file, the frame and all that changes the picture. */
export function imageEtag(
  { fileSha256 }: Pick<HeldInstance, 'fileSha256'>,
  frame: number,
  type: string,
  query: RenderedQuery,
  box: Pick<Output, 'width' | 'height' | 'enlarge'>,
): string {
  const variant = JSON.stringify([
    renditionVersion,
    frame,
    type,
    { ...query, annotation: [...query.annotation].sort() },
    box,
  ])
  return `"v-${fileSha256.toString('hex').slice(0, 24)}-${createHash('sha256').update(variant).digest('base64url').slice(0, 22)}"`
}
