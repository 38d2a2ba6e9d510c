import { createRequire } from 'node:module'
import sharp, { type OverlayOptions } from 'sharp'
import type { Graphic, GraphicPoint, Presentation } from '../pixels.ts'
import type { Picture } from '../show/picture.ts'

const fontFile = createRequire(import.meta.url).resolve(
  '@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2',
)
const [fontPoints, pointsPerInch] = [10, 72]
/** Letters of at least so many pixels, and of this share of the picture's width. */
const [letterMin, letterShare] = [11, 1 / 60]

/**
 * Draws annotations over a picture of its final size. Lines have a dark rim, so that they show on bright anatomy too.
 *
 * @see DICOM PS3.3 §C.10.5 Graphic Annotation
 */
export async function drawGraphics(picture: Picture, presentation: Presentation): Promise<Picture> {
  const { graphics } = presentation
  if (graphics.length === 0) return picture
  const { width, height } = picture
  const place = placing(presentation, picture)
  const stroke = Math.max(1, width / 800)
  const shapes = graphics.map((graphic) => svgOf(graphic, place, stroke)).join('')
  const layers: OverlayOptions[] = []
  if (shapes !== '') {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`
    layers.push({ input: Buffer.from(svg), left: 0, top: 0 })
  }
  for (const graphic of graphics) {
    const layer = graphic.kind === 'text' ? await textLayer(graphic, place, picture) : null
    if (layer) layers.push(layer)
  }
  const coloured = graphics.some(({ colour: [red, green, blue] }) => red !== green || green !== blue)
  const channels = picture.channels === 3 || coloured ? 3 : 1
  const raw = { width, height, channels: picture.channels }
  const { data } = await sharp(picture.data, { raw, limitInputPixels: false })
    .toColourspace('srgb')
    .composite(layers)
    .removeAlpha()
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { ...picture, data, channels }
}

type Place = (point: GraphicPoint) => { x: number; y: number }

/** From the units of annotations to output pixels. */
function placing({ area, rotation, flip }: Presentation, { width, height }: Picture): Place {
  return ({ x, y, units }) => {
    if (units === 'display') return { x: x * width, y: y * height }
    const [across, down] = [(x - area.left) / area.width, (y - area.top) / area.height]
    const turned = {
      0: { x: across, y: down },
      90: { x: 1 - down, y: across },
      180: { x: 1 - across, y: 1 - down },
      270: { x: down, y: 1 - across },
    }[rotation]
    return { x: (flip ? 1 - turned.x : turned.x) * width, y: turned.y * height }
  }
}

/** Numbers alone, so that nothing of the file's text gets into the markup. */
function svgOf(graphic: Graphic, place: Place, stroke: number): string {
  if (graphic.kind === 'text') {
    const { anchor, corner, anchorVisible, colour } = graphic
    if (!anchor || !anchorVisible) return ''
    const [from, to] = [place(anchor), place(corner ?? anchor)]
    return drawn(`M${point(from)}L${point(to)}`, colour, stroke, false)
  }
  const points = graphic.points.map(place)
  return drawn(pathOf(graphic.kind, points, stroke), graphic.colour, stroke, graphic.filled)
}

const rounded = (value: number) => Math.max(-1e6, Math.min(1e6, value)).toFixed(2)
const point = ({ x, y }: { x: number; y: number }) => `${rounded(x)} ${rounded(y)}`

function drawn(path: string, [red, green, blue]: Graphic['colour'], stroke: number, filled: boolean): string {
  const colour = `rgb(${red},${green},${blue})`
  const rim = red + green + blue > 380 ? '#000' : '#fff'
  const line = (of: string, wide: number) =>
    `<path d="${path}" fill="none" stroke="${of}" stroke-width="${rounded(wide)}" stroke-linejoin="round" stroke-linecap="round"/>`
  const fill = filled ? `<path d="${path}Z" fill="${colour}" fill-rule="evenodd"/>` : ''
  return fill + line(rim, stroke * 2.5) + line(colour, stroke)
}

function pathOf(
  kind: Exclude<Graphic['kind'], 'text'>,
  points: { x: number; y: number }[],
  stroke: number,
): string {
  const [a = { x: 0, y: 0 }, b = a, c = a, d = a] = points
  switch (kind) {
    case 'point': {
      const arm = stroke * 4
      return points
        .map(
          ({ x, y }) =>
            `M${point({ x: x - arm, y })}h${rounded(arm * 2)}M${point({ x, y: y - arm })}v${rounded(arm * 2)}`,
        )
        .join('')
    }
    case 'polyline':
      return `M${points.map(point).join('L')}`
    case 'interpolated':
      return smooth(points)
    case 'circle': // its centre, and a point on it
      return ellipse(a, Math.hypot(b.x - a.x, b.y - a.y), Math.hypot(b.x - a.x, b.y - a.y), 0)
    case 'ellipse': {
      // the ends of its major axis, then of its minor axis
      const centre = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
      const angle = (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI
      return ellipse(
        centre,
        Math.hypot(b.x - a.x, b.y - a.y) / 2,
        Math.hypot(d.x - c.x, d.y - c.y) / 2,
        angle,
      )
    }
  }
}

function ellipse({ x, y }: { x: number; y: number }, major: number, minor: number, angle: number): string {
  const radians = (angle * Math.PI) / 180
  const [dx, dy] = [major * Math.cos(radians), major * Math.sin(radians)]
  const arc = `A${rounded(major)} ${rounded(minor)} ${rounded(angle)} 0 1 `
  return `M${point({ x: x - dx, y: y - dy })}${arc}${point({ x: x + dx, y: y + dy })}${arc}${point({ x: x - dx, y: y - dy })}`
}

/** A curve through all points (Catmull and Rom's, as cubic Béziers). */
function smooth(points: { x: number; y: number }[]): string {
  const at = (index: number) => points[Math.max(0, Math.min(points.length - 1, index))] ?? { x: 0, y: 0 }
  let path = `M${point(at(0))}`
  for (let index = 0; index < points.length - 1; index++) {
    const [before, from, to, after] = [at(index - 1), at(index), at(index + 1), at(index + 2)]
    const first = { x: from.x + (to.x - before.x) / 6, y: from.y + (to.y - before.y) / 6 }
    const second = { x: to.x - (after.x - from.x) / 6, y: to.y - (after.y - from.y) / 6 }
    path += `C${point(first)} ${point(second)} ${point(to)}`
  }
  return path
}

async function textLayer(
  graphic: Graphic & { kind: 'text' },
  place: Place,
  { width, height }: Picture,
): Promise<OverlayOptions | null> {
  const { corner, opposite, anchor, colour } = graphic
  const start = corner ?? anchor
  if (!start) return null
  const [first, second] = [place(start), place(opposite ?? start)] // either may be the upper left one, once turned
  const letter = Math.max(letterMin, width * letterShare)
  const hex = colour.map((level) => level.toString(16).padStart(2, '0')).join('')
  const text = `<span foreground="#${hex}" background="#000000" bgalpha="55%">${escaped(graphic.text)}</span>`
  const { data, info } = await sharp({
    text: {
      text,
      font: `Atkinson Hyperlegible Next ${fontPoints}`,
      fontfile: fontFile,
      rgba: true,
      dpi: Math.round((letter * pointsPerInch) / fontPoints),
    },
  })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const [fitWidth, fitHeight] = [Math.min(info.width, width), Math.min(info.height, height)]
  const input = await sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } })
    .extract({ left: 0, top: 0, width: fitWidth, height: fitHeight })
    .raw()
    .toBuffer()
  const clamped = (value: number, most: number) => Math.max(0, Math.min(Math.round(value), most))
  return {
    input,
    raw: { width: fitWidth, height: fitHeight, channels: 4 },
    left: clamped(Math.min(first.x, second.x), width - fitWidth),
    top: clamped(Math.min(first.y, second.y), height - fitHeight),
  }
}

/** Pango's markup, which is XML; of control characters only line ends are kept. */
function escaped(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
}
