import { parseMediaTypes, type MediaType } from '../dicom/multipart/media-types.ts'
import { GatewayError } from '../errors.ts'

/** One thing a client says it takes, best first. */
export type Acceptable = {
  /** `*\/*` stands for anything in its default form */
  type: string
  /** wanted as parts of multipart/related */
  multipart: boolean
  /** `*` for "as stored"; null when nothing was said */
  transferSyntax: string | null
}

const dicomTypes =
  /^(application\/(dicom(\+json|\+xml)?|octet-stream|json|zip)|image\/(jls|jp2|jpx|jphc|jxl|x-jls|x-dicom-rle|dicom-rle)|video\/)/
const anything: Acceptable = { type: '*/*', multipart: false, transferSyntax: null }

/**
 * What a retrieve request takes, PS3.18 §8.7.5 and §8.7.8: `accept=` of the query comes before the header,
 * which decides where nothing of it can be given; a missing header counts as `*\/*` (declared). Quotes, spaces, order and `q` come in every form.
 *
 * @throws {GatewayError} `invalid-parameter` for a wildcard in `accept=`
 */
export function acceptables(header: string | undefined, parameter: string | undefined): Acceptable[] {
  const wanted = parseMediaTypes(parameter ?? '')
  if (wanted.some(({ essence }) => essence.includes('*'))) {
    throw new GatewayError('invalid-parameter', 'accept= takes no wildcards.')
  }
  const first = wanted.flatMap(acceptable)
  if (header === undefined || header.trim() === '') return first.length > 0 ? first : [anything]
  const types = parseMediaTypes(header)
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  return [...first, ...types.flatMap(acceptable)]
}

/** Whether DICOM and rendered types are asked for in one request, which PS3.18 §8.7.4 forbids. */
export function mixesDicomAndRendered(accepted: readonly Acceptable[]): boolean {
  const named = accepted.filter(({ type }) => !type.endsWith('/*'))
  return (
    named.some(({ type }) => dicomTypes.test(type)) &&
    named.some(({ type }) => /^image\/(png|gif|webp)$/.test(type))
  )
}

function acceptable({ essence, parameters }: MediaType): Acceptable[] {
  const transferSyntax = parameters.get('transfer-syntax') ?? null
  if (essence === 'multipart/related' || essence === 'multipart/*') {
    return [
      { type: registered((parameters.get('type') ?? '*/*').toLowerCase()), multipart: true, transferSyntax },
    ]
  }
  return [{ type: registered(essence), multipart: false, transferSyntax }]
}

/** Names that clients use for media types which PS3.18 Table 8.7.3-5 calls otherwise. */
const aliases: Record<string, string> = {
  'image/x-jls': 'image/jls',
  'image/jhc': 'image/jphc',
  'image/x-dicom-rle': 'image/dicom-rle',
  'image/dicom+rle': 'image/dicom-rle',
  'image/dicom+jpeg': 'image/jpeg',
  'image/dicom+jp2': 'image/jp2',
}

function registered(type: string): string {
  return aliases[type] ?? type
}
