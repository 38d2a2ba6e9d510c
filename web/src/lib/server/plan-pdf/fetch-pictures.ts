import type { PlanImage } from '@bitewing/db'
import type { ShownComparison, ShownLayer } from '#lib/compare/shown-comparison.ts'
import { comparedPictureUrl, renditionUrl } from '#lib/rendition-url.ts'

type Asking = {
  /** of the gateway, without a trailing slash */
  gatewayUrl: string
  /** `''` for staff, `/s/{shareId}` for what a share opens */
  folder: string
  /** name and value of who reads: the gateway judges and records as if they asked themselves */
  cookie: string
  address: string
}

const atOnceMax = 4
const timeoutMs = 30_000
/** some 200 KB each */
const picturesMax = 60

/** What names a picture of a comparison among those of a plan: its window may be another one than the image's own. */
export function comparedKey({ id }: Pick<ShownComparison, 'id'>, layer: Pick<ShownLayer, 'id'>): string {
  return `${id} ${layer.id}`
}

/**
 * The images of a plan as JPEG, 1024 pixels wide, by our id, and those of its comparisons by `comparedKey`; null for
 * those that are there no more or could not be drawn. Images that have no picture, such as models, are left out, and
 * so are those above `picturesMax`.
 *
 * @returns null when the gateway cannot be reached or cannot answer now
 */
export async function fetchPictures(
  images: readonly PlanImage[],
  comparisons: readonly ShownComparison[],
  { gatewayUrl, folder, cookie, address }: Asking,
): Promise<Map<string, Uint8Array | null> | null> {
  const compared = comparisons.flatMap((comparison) =>
    comparison.layers.map((layer) => ({
      key: comparedKey(comparison, layer),
      path: comparedPictureUrl(layer.picture, layer.window, folder, 'jpg'),
    })),
  )
  const named = images
    .filter(({ rendition }) => rendition === 'made' || rendition === 'pending')
    .map((image) => ({ key: image.id, path: renditionUrl(image, 1024, 'jpg', folder) }))
  const wanted = [...compared, ...named].slice(0, picturesMax)
  const pictures = new Map<string, Uint8Array | null>()
  for (const { id, rendition } of images) if (rendition === 'failed') pictures.set(id, null)
  let failed = false
  const queue = wanted.values()
  const take = async () => {
    for (const { key, path } of queue) {
      if (failed) return
      try {
        const response = await fetch(gatewayUrl + path, {
          headers: { cookie, 'x-forwarded-for': address },
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        })
        if (response.ok) pictures.set(key, new Uint8Array(await response.arrayBuffer()))
        else if (response.status < 500 && response.status !== 429) pictures.set(key, null)
        else failed = true
      } catch {
        failed = true
      }
    }
  }
  await Promise.all(Array.from({ length: atOnceMax }, take))
  return failed ? null : pictures
}
