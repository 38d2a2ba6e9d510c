import { createRequire } from 'node:module'
import sharp from 'sharp'
import { personName, text, type Attributes } from '../study-index/attribute-values.ts'

const fontFile = createRequire(import.meta.url).resolve(
  '@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2',
)
const pointsPerInch = 72
const fontPoints = 10
/** Letters of at least so many pixels, and of this share of the picture's width. */
const [letterMin, letterShare] = [11, 1 / 45]

/**
 * What is written into a picture for `annotation=`, PS3.18 §8.3.5.1.1: who the patient is, how the image was made.
 * Light letters on a dark ground, so that they can be read on any image.
 *
 * @param width of the picture, in pixels
 * @returns RGBA; null when the image says nothing of it
 */
export async function annotationOverlay(
  attributes: Attributes,
  wanted: ReadonlySet<'patient' | 'technique'>,
  width: number,
): Promise<{ data: Buffer; width: number; height: number } | null> {
  const lines = [
    ...(wanted.has('patient') ? patientLines(attributes) : []),
    ...(wanted.has('technique') ? techniqueLines(attributes) : []),
  ].filter((line) => line !== '')
  if (lines.length === 0) return null

  const letter = Math.max(letterMin, width * letterShare)
  const markup = lines.map(escape).join('\n')
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="#ffffff" background="#000000" bgalpha="70%">${markup}</span>`,
      font: `Atkinson Hyperlegible Next ${fontPoints}`,
      fontfile: fontFile,
      rgba: true,
      dpi: Math.round((letter * pointsPerInch) / fontPoints),
    },
  })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

function patientLines(attributes: Attributes): string[] {
  const [name = ''] = personName(attributes, '00100010').split('=')
  return [
    name.replace(/\^+/g, ' ').trim(),
    text(attributes, '00100020'),
    [text(attributes, '00100030'), text(attributes, '00100040')].filter(Boolean).join(' '),
  ]
}

function techniqueLines(attributes: Attributes): string[] {
  const labelled = (tag: string, unit: string) => {
    const value = text(attributes, tag)
    return value ? `${value} ${unit}` : ''
  }
  return [
    [text(attributes, '00080060'), text(attributes, '00080020'), text(attributes, '00080030').slice(0, 6)]
      .filter(Boolean)
      .join(' '),
    [labelled('00180060', 'kV'), labelled('00181151', 'mA'), labelled('00181150', 'ms')]
      .filter(Boolean)
      .join(' '),
    [text(attributes, '00080070'), text(attributes, '00081090')].filter(Boolean).join(' '),
  ]
}

/** Pango's markup, which is XML; control characters are none. */
function escape(line: string): string {
  return line
    .slice(0, 200)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
}
