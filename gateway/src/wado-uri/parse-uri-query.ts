import { isUid } from '../dicom/uid.ts'
import { GatewayError } from '../errors.ts'

/** A WADO-URI request, PS3.18 §9.1.2, §9.4.1.2 and §9.5.1.2. */
export type UriQuery = {
  study: string
  series: string
  instance: string
  /** media types, best first; none when the server decides */
  contentTypes: readonly string[]
  /** presentation state to apply; null for none */
  presentation: { study: string; series: string; instance: string } | null
  /** of `application/dicom`; null when nothing was said */
  transferSyntax: string | null
  /** null when nothing was said */
  frame: number | null
  /** in output pixels */
  viewport: { width: number | null; height: number | null } | null
  /** corners as shares of the image's width and height, from 0 to 1 */
  region: { left: number; top: number; right: number; bottom: number } | null
  window: { center: number; width: number } | null
  quality: string | null
  annotation: string | null
}

const sideMax = 8192

/**
 * Parses the query of WADO-URI. Unknown parameters are ignored; one that is known and cannot be honoured is refused.
 *
 * @throws {GatewayError} `invalid-parameter`, naming the parameter
 */
export function parseUriQuery(parameters: URLSearchParams): UriQuery {
  const value = (name: string) => parameters.get(name)?.trim() || null
  const refuse = (message: string) => new GatewayError('invalid-parameter', message)
  if (value('requestType') !== 'WADO') throw refuse('requestType must be WADO.')
  const uid = (name: string) => {
    const text = value(name)
    if (text === null || !isUid(text)) throw refuse(`${name} must be a UID.`)
    return text
  }
  const names = { study: uid('studyUID'), series: uid('seriesUID'), instance: uid('objectUID') }

  // §9.4.2.3: a client that asks for it and gets the patient's name would be deceived
  if (parameters.has('anonymize')) throw refuse('anonymize is not supported.')
  // §9.1.2.2.9 and §9.1.2.2.10: together, and what they say of grey levels and area alone
  const named = ['presentationUID', 'presentationSeriesUID'].filter((name) => parameters.has(name))
  if (named.length === 1) throw refuse('presentationUID and presentationSeriesUID go together.')
  const presentation =
    named.length === 0
      ? null
      : { study: names.study, series: uid('presentationSeriesUID'), instance: uid('presentationUID') }
  const contradicted = ['windowCenter', 'windowWidth', 'region'].find((name) => parameters.has(name))
  if (presentation && contradicted) throw refuse(`A presentation state has its own ${contradicted}.`)

  if (/;\s*(transfer-syntax|charset)\s*=/i.test(value('contentType') ?? '')) {
    throw refuse('contentType takes no transfer-syntax and no charset.') // §9.1.2.2.1
  }
  const transferSyntax = value('transferSyntax')
  if (transferSyntax !== null && transferSyntax !== '*' && !isUid(transferSyntax)) {
    throw refuse('transferSyntax must be a UID.')
  }

  const whole = (name: string, max: number) => {
    const text = value(name)
    if (text === null) return null
    if (!/^[1-9]\d{0,6}$/.test(text) || Number(text) > max)
      throw refuse(`${name} must be between 1 and ${max}.`)
    return Number(text)
  }
  const [height, width] = [whole('rows', sideMax), whole('columns', sideMax)]
  return {
    ...names,
    presentation,
    contentTypes: (value('contentType') ?? '')
      .split(',')
      .map((type) => (type.split(';')[0] ?? '').trim().toLowerCase())
      .filter(Boolean),
    transferSyntax,
    frame: whole('frameNumber', 9_999_999),
    viewport: height === null && width === null ? null : { width, height },
    region: regionOf(value('region')),
    window: windowOf(value('windowCenter'), value('windowWidth')),
    quality: value('imageQuality'),
    annotation: value('annotation'),
  }
}

function regionOf(text: string | null): UriQuery['region'] {
  if (text === null) return null
  const [left = NaN, top = NaN, right = NaN, bottom = NaN, more] = text
    .split(',')
    .map((part) => (/^\s*(0(\.\d+)?|1(\.0+)?)\s*$/.test(part) ? Number(part) : NaN))
  if (more !== undefined || !(left < right && top < bottom)) {
    throw new GatewayError('invalid-parameter', 'region is xmin,ymin,xmax,ymax, each from 0 to 1.')
  }
  return { left, top, right, bottom }
}

function windowOf(centerText: string | null, widthText: string | null): UriQuery['window'] {
  if (centerText === null && widthText === null) return null
  const isNumber = (text: string | null): text is string =>
    text !== null && /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)
  if (!isNumber(centerText) || !isNumber(widthText) || !(Number(widthText) > 0)) {
    throw new GatewayError(
      'invalid-parameter',
      'windowCenter and windowWidth go together; the width is above 0.',
    )
  }
  return { center: Number(centerText), width: Number(widthText) }
}
