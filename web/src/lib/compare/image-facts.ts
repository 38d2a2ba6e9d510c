/** What decides whether two pictures may be compared, and how large things are in them. */
export type ImageFacts = {
  /** (0008,0060) */
  modality: string
  /** columns and rows in pixels made square: what a picture of it measures */
  width: number
  height: number
  /** millimetres of one square pixel in the patient or at the detector; null when the file does not say */
  pixelMm: number | null
  /** where `pixelMm` comes from: Pixel Spacing (0028,0030), Imager Pixel Spacing (0018,1164), that divided by the estimated magnification (0018,1114) */
  pixelMmFrom: 'patient' | 'detector' | 'magnification' | null
  /** first window of the file, in its own units; null without one, or where a look-up table takes its place */
  window: { center: number; width: number; function: 'linear' | 'linear-exact' | 'sigmoid' } | null
  /** bits stored, inversion and rescaling: windows mean the same only where these are the same */
  scale: string
  /** grey pictures have windows, colour ones have none */
  grey: boolean
  /** (0018,5101), (0020,0020), (0020,0062) as far as they are there: from where it was taken */
  projection: { view: string; orientation: string; laterality: string }
  /** make and model: panoramics of two machines magnify differently */
  device: string
}

type Json = Record<string, unknown>

/**
 * Reads the facts from an instance's metadata.
 *
 * @param metadata DICOM JSON object, PS3.18 Annex F
 * @see DICOM PS3.3 §10.7 for what the spacings mean
 */
export function imageFacts(metadata: Json): ImageFacts {
  const [rows = 1] = numbers(metadata, '00280010')
  const [columns = 1] = numbers(metadata, '00280011')
  const patient = numbers(metadata, '00280030') // row spacing, then column spacing
  const detector = numbers(metadata, '00181164')
  const [ratioDown = 1, ratioAcross = 1] = numbers(metadata, '00280034')
  const spacing = patient.length === 2 ? patient : detector.length === 2 ? detector : null
  const [down = 1, across = 1] = spacing ?? [ratioDown, ratioAcross]
  const aspect = down > 0 && across > 0 ? down / across : 1

  const [magnification] = numbers(metadata, '00181114')
  const imager = detector[1]
  // projection radiographs: where both are there and the same, Pixel Spacing is the detector's (PS3.3 §10.7.1.3)
  const corrected = patient[1] !== undefined && (imager === undefined || Math.abs(patient[1] - imager) > 1e-6)
  const [pixelMm, pixelMmFrom] = corrected
    ? ([patient[1] ?? null, 'patient'] as const)
    : imager !== undefined && magnification !== undefined && magnification > 0
      ? ([imager / magnification, 'magnification'] as const)
      : imager !== undefined
        ? ([imager, 'detector'] as const)
        : ([null, null] as const)

  const [center] = numbers(metadata, '00281050')
  const [windowWidth] = numbers(metadata, '00281051')
  const shape = words(metadata, '00281056')
  const photometric = words(metadata, '00280004')
  const table = metadata['00283010'] !== undefined
  return {
    modality: words(metadata, '00080060'),
    width: columns,
    height: Math.max(1, Math.round(rows * aspect)),
    pixelMm: pixelMm !== null && pixelMm > 0 ? pixelMm : null,
    pixelMmFrom: pixelMm !== null && pixelMm > 0 ? pixelMmFrom : null,
    window:
      center !== undefined && windowWidth !== undefined && windowWidth > 0 && !table
        ? {
            center,
            width: windowWidth,
            function: shape === 'LINEAR_EXACT' ? 'linear-exact' : shape === 'SIGMOID' ? 'sigmoid' : 'linear',
          }
        : null,
    scale: [
      photometric,
      numbers(metadata, '00280101')[0] ?? '',
      numbers(metadata, '00281053')[0] ?? 1,
      numbers(metadata, '00281052')[0] ?? 0,
      metadata['00283000'] === undefined ? '' : 'table',
    ].join(' '),
    grey: photometric.startsWith('MONOCHROME'),
    projection: {
      view: words(metadata, '00185101'),
      orientation: words(metadata, '00200020'),
      laterality: words(metadata, '00200062') || words(metadata, '00200060'),
    },
    device: [words(metadata, '00080070'), words(metadata, '00081090')]
      .filter((part) => part !== '')
      .join(' '),
  }
}

function valuesOf(metadata: Json, tag: string): unknown[] {
  const attribute = metadata[tag]
  if (typeof attribute !== 'object' || attribute === null || !('Value' in attribute)) return []
  return Array.isArray(attribute.Value) ? attribute.Value : []
}

/** Numbers of an attribute; DS and IS may be strings (PS3.18 §F.2.2). */
function numbers(metadata: Json, tag: string): number[] {
  return valuesOf(metadata, tag)
    .map((value) => (typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN))
    .filter(Number.isFinite)
}

function words(metadata: Json, tag: string): string {
  return valuesOf(metadata, tag)
    .filter((value) => typeof value === 'string')
    .join('\\')
}
