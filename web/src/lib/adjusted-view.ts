import { renditionUrl, type Rendered } from './rendition-url.ts'

/** That renditions of an image are shown otherwise than its file says, and the address of the picture it asks for. */
export type AdjustedView = { quirks: string[]; asSentUrl: string }

const radiographs: ReadonlySet<string> = new Set(['IO', 'PX', 'DX', 'CR', 'RG'])

/**
 * Asks the gateway whether the renditions of an image follow its file.
 *
 * @returns null where they do, where only radiographs are looked at this way, and where it cannot be told
 */
export async function adjustedView(
  image: Rendered & { modality: string },
  signal: AbortSignal,
): Promise<AdjustedView | null> {
  if (!radiographs.has(image.modality)) return null
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid, frame } = image
  const url = renditionUrl(image, 'full', null).replace(/\/full(\?|$)/, '/view.json$1')
  const response = await fetch(url, { signal }).catch(() => null)
  const told: unknown = response?.ok ? await response.json().catch(() => null) : null
  if (typeof told !== 'object' || told === null || !('quirks' in told) || !('asSent' in told)) return null
  const { quirks, asSent } = told
  if (!Array.isArray(quirks) || quirks.length === 0 || typeof asSent !== 'object' || asSent === null)
    return null
  if (!('center' in asSent) || !('width' in asSent) || !('function' in asSent)) return null
  const path = `/dicom-web/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}/frames/${frame}/rendered`
  const window = [asSent.center, asSent.width, asSent.function].join()
  return {
    quirks: quirks.map(String),
    asSentUrl: `${path}?window=${encodeURIComponent(window)}&viewport=2048,2048&accept=image/jpeg`,
  }
}
