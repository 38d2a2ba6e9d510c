import type { Context } from 'hono'
import { parseMediaTypes, type MediaType } from '../dicom/multipart/media-types.ts'
import { GatewayError } from '../errors.ts'
import type { ImageFormat } from '../pixels/pixels.ts'

/** Rendered media types of images, PS3.18 Table 8.7.4-1; WebP and AVIF are extras. */
export const imageTypes = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
} as const satisfies Record<string, ImageFormat>
export type ImageType = keyof typeof imageTypes

/** Rendered media types of text and documents. */
export const documentTypes = ['text/html', 'text/plain', 'application/pdf'] as const
export type DocumentType = (typeof documentTypes)[number]

export type RenderedType = ImageType | DocumentType

/** One form a client takes. `type` null: the resource's default. */
export type RenderedChoice = {
  type: RenderedType | null
  /** true: parts of multipart/related; false: alone; null: as is usual for the resource */
  multipart: boolean | null
}

/**
 * What a request for a rendered resource takes, best first, PS3.18 §8.7.5: types of `accept=`, then those of the
 * header; without any, whatever is the default.
 *
 * @throws {GatewayError} `invalid-parameter` for wildcards in `accept=`, and for DICOM and rendered types in one header
 */
export function renderedChoices(c: Context): RenderedChoice[] {
  const parameter = parseMediaTypes(c.req.query('accept') ?? '')
  if (parameter.some(({ essence }) => essence.includes('*'))) {
    throw new GatewayError('invalid-parameter', 'accept= takes no wildcards.')
  }
  const header = parseMediaTypes(c.req.header('Accept') ?? '')
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  const types = [...parameter, ...header].map(inside)
  if (
    types.some(({ name }) => /^application\/(dicom\b|octet-stream)/.test(name)) &&
    types.some(({ name }) => isRenderedType(name))
  ) {
    throw new GatewayError('invalid-parameter', 'Accept mixes DICOM and rendered media types.')
  }
  if (types.length === 0) return [{ type: null, multipart: null }]
  return types.flatMap(({ name, multipart }): RenderedChoice[] => {
    if (name === '*/*') return [{ type: null, multipart: multipart || null }]
    if (isRenderedType(name)) return [{ type: name, multipart }]
    const [family] = name.split('/*')
    if (!name.endsWith('/*')) return []
    const first = [...Object.keys(imageTypes), ...documentTypes].find((one) => one.startsWith(`${family}/`))
    return first !== undefined && isRenderedType(first) ? [{ type: first, multipart }] : []
  })
}

export function isImageType(type: string): type is ImageType {
  return Object.hasOwn(imageTypes, type)
}

function isRenderedType(type: string): type is RenderedType {
  return isImageType(type) || documentTypes.some((one) => one === type)
}

function inside({ essence, parameters }: MediaType): { name: string; multipart: boolean } {
  if (essence !== 'multipart/related' && essence !== 'multipart/*') return { name: essence, multipart: false }
  return { name: (parameters.get('type') ?? '*/*').toLowerCase(), multipart: true }
}
