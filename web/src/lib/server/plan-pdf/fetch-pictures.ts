import type { PlanImage } from '@bitewing/db'
import { renditionUrl } from '#lib/rendition-url.ts'

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
export const picturesMax = 60

/**
 * The images of a plan as JPEG, 1024 pixels wide, by our id; null for those that are there no more. Images that have
 * no picture, such as models, are left out, and so are those above `picturesMax`.
 *
 * @returns null when the gateway cannot be reached or cannot answer now
 */
export async function fetchPictures(
  images: readonly PlanImage[],
  { gatewayUrl, folder, cookie, address }: Asking,
): Promise<Map<string, Uint8Array | null> | null> {
  const wanted = images
    .filter(({ rendition }) => rendition === 'made' || rendition === 'pending')
    .slice(0, picturesMax)
  const pictures = new Map<string, Uint8Array | null>()
  let failed = false
  const queue = wanted.values()
  const take = async () => {
    for (const image of queue) {
      if (failed) return
      try {
        const response = await fetch(gatewayUrl + renditionUrl(image, 1024, 'jpg', folder), {
          headers: { cookie, 'x-forwarded-for': address },
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        })
        if (response.ok) pictures.set(image.id, new Uint8Array(await response.arrayBuffer()))
        else if (response.status < 500 && response.status !== 429) pictures.set(image.id, null)
        else failed = true
      } catch {
        failed = true
      }
    }
  }
  await Promise.all(Array.from({ length: atOnceMax }, take))
  return failed ? null : pictures
}
