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
  /** equal ones are equally welcome, and the first that costs no decoding is given; `accept=` is above all of them */
  preference: number
}

const dicomTypes =
  /^(application\/(dicom(\+json|\+xml)?|octet-stream|json|zip)|image\/(jls|jp2|jpx|jphc|jxl|x-jls|x-dicom-rle|dicom-rle)|video\/)/
const anything: Acceptable = { type: '*/*', multipart: false, transferSyntax: null, preference: 1 }

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
  const first = wanted.map((one, index) => acceptable({ ...one, q: 1 + wanted.length - index }))
  if (header === undefined || header.trim() === '') return first.length > 0 ? first : [anything]
  const types = parseMediaTypes(header)
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  return [...first, ...types.map(acceptable)]
}

/** What is equally welcome together, the most welcome first. */
export function byPreference(accepted: readonly Acceptable[]): Acceptable[][] {
  return [...Map.groupBy(accepted, ({ preference }) => preference).values()]
}

/** Whether DICOM and rendered types are asked for in one request, which PS3.18 §8.7.4 forbids. */
export function mixesDicomAndRendered(accepted: readonly Acceptable[]): boolean {
  const named = accepted.filter(({ type }) => !type.endsWith('/*'))
  return (
    named.some(({ type }) => dicomTypes.test(type)) &&
    named.some(({ type }) => /^image\/(png|gif|webp)$/.test(type))
  )
}

function acceptable({ essence, parameters, q }: MediaType): Acceptable {
  const transferSyntax = parameters.get('transfer-syntax') ?? null
  const multipart = essence === 'multipart/related' || essence === 'multipart/*'
  const type = multipart ? (parameters.get('type') ?? '*/*').toLowerCase() : essence
  return { type: registered(type), multipart, transferSyntax, preference: q }
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
