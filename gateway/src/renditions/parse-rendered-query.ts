import { GatewayError } from '../errors.ts'
import type { Window } from '../pixels/pixels.ts'

export type RenderedQuery = {
  /** box to fit, in output pixels */
  viewport: { width: number; height: number } | null
  /** source region, in source pixels */
  region: { x: number; y: number; width: number; height: number } | null
  flipHorizontal: boolean
  flipVertical: boolean
  window: Window | null
  /** 1–100 */
  quality: number
  /** what is written into the picture, §8.3.5.1.1 */
  annotation: ReadonlySet<'patient' | 'technique'>
  /** profile to convert to and put into the picture, §8.3.5.1.5; null for none */
  iccProfile: 'srgb' | 'p3' | null
  /** whether overlays of the image are drawn */
  overlays: boolean
}

const sideMax = 8192

/** Query parameters of rendered resources, PS3.18 §8.3.5. @throws {GatewayError} `invalid-parameter` */
export function parseRenderedQuery(parameters: URLSearchParams): RenderedQuery {
  const [width, height, x, y, regionWidth, regionHeight] = numbersOf(parameters, 'viewport', [2, 6])
  let viewport: RenderedQuery['viewport'] = null
  let region: RenderedQuery['region'] = null
  if (width !== undefined && height !== undefined) {
    if (!(width >= 1 && height >= 1 && width <= sideMax && height <= sideMax)) {
      throw new GatewayError(
        'invalid-parameter',
        `viewport: width and height must be between 1 and ${sideMax}.`,
      )
    }
    viewport = { width: Math.floor(width), height: Math.floor(height) }
  }
  if (x !== undefined && y !== undefined && regionWidth !== undefined && regionHeight !== undefined) {
    if (x < 0 || y < 0 || regionWidth === 0 || regionHeight === 0) {
      throw new GatewayError(
        'invalid-parameter',
        'viewport: the region must lie in the image and have a size.',
      )
    }
    region = { x, y, width: Math.abs(regionWidth), height: Math.abs(regionHeight) }
  }
  return {
    viewport,
    region,
    flipHorizontal: (regionWidth ?? 1) < 0,
    flipVertical: (regionHeight ?? 1) < 0,
    window: windowOf(parameters.get('window')),
    quality: qualityOf(parameters.get('quality')),
    annotation: annotationOf(parameters.get('annotation')),
    iccProfile: iccProfileOf(parameters.get('iccprofile')),
    overlays: true,
  }
}

function numbersOf(parameters: URLSearchParams, name: string, counts: readonly number[]): number[] {
  const value = parameters.get(name)
  if (value === null) return []
  const parts = value.split(',').map((part, index) => {
    if ((index === 2 || index === 3) && part.trim() === '') return 0 // where the region begins, §8.3.5.1.3
    return /^\s*-?\d+(\.\d+)?\s*$/.test(part) ? Number(part) : NaN
  })
  if (parts.some(Number.isNaN) || !counts.includes(parts.length)) {
    throw new GatewayError('invalid-parameter', `${name} must be ${counts.join(' or ')} numbers.`)
  }
  return parts
}

function windowOf(value: string | null): Window | null {
  if (value === null) return null
  // all three, §8.3.5.1.4
  const [centerText = '', widthText = '', kind = '', more] = value.split(',').map((part) => part.trim())
  const center = Number(centerText)
  const width = Number(widthText)
  const known = kind === 'linear' || kind === 'linear-exact' || kind === 'sigmoid'
  if (!centerText || !widthText || !Number.isFinite(center) || !(width > 0) || !known || more !== undefined) {
    throw new GatewayError(
      'invalid-parameter',
      'window is center,width,function with linear, linear-exact or sigmoid.',
    )
  }
  return { center, width, function: kind }
}

function qualityOf(value: string | null): number {
  if (value === null) return 90
  if (!/^\d{1,3}$/.test(value) || Number(value) < 1 || Number(value) > 100) {
    throw new GatewayError('invalid-parameter', 'quality must be between 1 and 100.')
  }
  return Number(value)
}

function annotationOf(value: string | null): ReadonlySet<'patient' | 'technique'> {
  const wanted = new Set<'patient' | 'technique'>()
  if (value === null) return wanted
  for (const word of value.split(',').map((part) => part.trim())) {
    if (word !== 'patient' && word !== 'technique') {
      throw new GatewayError('invalid-parameter', 'annotation is patient, technique or both.')
    }
    wanted.add(word)
  }
  return wanted
}

/** Pictures are converted to sRGB whatever the image holds, so `yes` and `srgb` are the same. */
function iccProfileOf(value: string | null): RenderedQuery['iccProfile'] {
  switch (value) {
    case null:
    case '':
    case 'no':
      return null
    case 'yes':
    case 'srgb':
      return 'srgb'
    case 'displayp3':
      return 'p3'
    default:
      throw new GatewayError('invalid-parameter', 'iccprofile is no, yes, srgb or displayp3.')
  }
}
