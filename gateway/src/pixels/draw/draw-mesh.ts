import { normalsOf, type Arch, type Mesh } from '@bitewing/models'
import { PixelError } from '../pixel-error.ts'
import type { Picture } from '../show/picture.ts'

/** Samples along a side of a pixel: edges are smooth. */
const samples = 2
/** Of the square, left free round the model. */
const marginShare = 0.04
/** How often the picture may be covered: an arch does it four times, a file made to be slow a million times. */
const layersMax = 24
/** From straight ahead, towards the side that bites. */
const tilt = (50 * Math.PI) / 180

type Vector = readonly [x: number, y: number, z: number]
type Colour = readonly [red: number, green: number, blue: number]

// as the page of a model lights it; colours are linear
const background: Colour = [0x0c, 0x0d, 0x0f]
const plaster = [0xe6, 0xdc, 0xc8].map(linearOf)
const inside: Colour = [0x7a, 0x51, 0x48]
const ambient = 0.85
const lights: readonly { towards: Vector; colour: Colour }[] = [
  { towards: unit([-0.5, 0.8, 1]), colour: [1.9, 1.9, 1.9] },
  { towards: unit([0.9, -0.4, 0.7]), colour: [0.43, 0.53, 0.7] },
]

/**
 * A digital model as a square picture: seen from the front, tilted so that its teeth are seen from where they bite, in
 * parallel projection, nearer before farther. Axes are DICOM's (PS3.3 §C.7.6.2.1.1): left, back and head.
 *
 * @param side in pixels
 * @throws {PixelError} `damaged` when there is nothing to see, `too-large` when it takes too long
 */
export function drawMesh(mesh: Mesh, arch: Arch | null, side: number): Picture {
  const width = side * samples
  const scene = projected(mesh, arch, width)
  const depths = new Float32Array(width * width)
  const colours = new Uint8Array(width * width * 3)
  const draw = (isTurned: boolean) => rasterise(scene, mesh, { width, depths, colours, isTurned })
  let seen = draw(false)
  // wound the other way round, as some programs write it: what is seen is the outside
  if (seen.inside > seen.outside) seen = draw(true)
  if (seen.inside + seen.outside === 0) throw new PixelError('damaged', 'the model has no surface')
  return {
    data: shrunk(colours, side),
    channels: 3,
    width: side,
    height: side,
    window: null,
    iccProfile: null,
  }
}

type Scene = {
  /** in samples from the upper left corner, and towards the eye */
  places: Float32Array
  /** linear red, green and blue of each point as it is lit */
  lit: Float32Array
}

function projected(mesh: Mesh, arch: Arch | null, width: number): Scene {
  const { positions, corners, colours } = mesh
  const down = arch === 'upper' ? -1 : 1
  const up: Vector = [0, down * Math.sin(tilt), Math.cos(tilt)]
  const eye: Vector = [0, -Math.cos(tilt), down * Math.sin(tilt)]

  const count = positions.length / 3
  const places = new Float32Array(count * 3)
  // of corners only: a point of no triangle would make the model small
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let at = 0; at < positions.length; at += 3) {
    const [x, y, z] = [positions[at] ?? 0, positions[at + 1] ?? 0, positions[at + 2] ?? 0]
    places[at] = x
    places[at + 1] = -(up[1] * y + up[2] * z)
    places[at + 2] = eye[1] * y + eye[2] * z
  }
  for (const corner of corners) {
    const [x, y] = [places[corner * 3] ?? 0, places[corner * 3 + 1] ?? 0]
    if (x < left) left = x
    if (x > right) right = x
    if (y < top) top = y
    if (y > bottom) bottom = y
  }
  const scale = (width * (1 - 2 * marginShare)) / Math.max(right - left, bottom - top, 1e-9)
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2]
  const normals = normalsOf(positions, corners)
  const lit = new Float32Array(count * 3)
  for (let at = 0; at < places.length; at += 3) {
    places[at] = ((places[at] ?? 0) - middleX) * scale + width / 2
    places[at + 1] = ((places[at + 1] ?? 0) - middleY) * scale + width / 2
    const [x, ny, nz] = [normals[at] ?? 0, normals[at + 1] ?? 0, normals[at + 2] ?? 0]
    const [y, z] = [up[1] * ny + up[2] * nz, eye[1] * ny + eye[2] * nz]
    // what faces away is lit as if it faced here: its winding decides whether it is an inside
    const turn = z < 0 ? -1 : 1
    const shares = lights.map(({ towards }) =>
      Math.max(0, turn * (towards[0] * x + towards[1] * y + towards[2] * z)),
    )
    for (let channel = 0; channel < 3; channel++) {
      const light = lights.reduce(
        (sum, { colour }, index) => sum + (colour[channel] ?? 0) * (shares[index] ?? 0),
        ambient,
      )
      const own = colours ? linearOf(colours[at + channel] ?? 0) : (plaster[channel] ?? 0)
      lit[at + channel] = (own * light) / Math.PI
    }
  }
  return { places, lit }
}

/** @returns how many samples show the outside, and how many an inside */
function rasterise(
  { places, lit }: Scene,
  { corners }: Mesh,
  to: { width: number; depths: Float32Array; colours: Uint8Array; isTurned: boolean },
): { outside: number; inside: number } {
  const { width, depths, colours, isTurned } = to
  depths.fill(-Infinity)
  for (let at = 0; at < colours.length; at += 3) colours.set(background, at)
  const isInside = new Uint8Array(depths.length)
  let left = layersMax * width * width
  for (let triangle = 0; triangle < corners.length; triangle += 3) {
    const a = (corners[triangle] ?? 0) * 3
    const b = (corners[triangle + 1] ?? 0) * 3
    const c = (corners[triangle + 2] ?? 0) * 3
    const [ax, ay, az] = [places[a] ?? 0, places[a + 1] ?? 0, places[a + 2] ?? 0]
    const [bx, by, bz] = [places[b] ?? 0, places[b + 1] ?? 0, places[b + 2] ?? 0]
    const [cx, cy, cz] = [places[c] ?? 0, places[c + 1] ?? 0, places[c + 2] ?? 0]
    // twice its area; counter-clockwise is the outside, and rows count downwards
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if (area === 0) continue
    const facesAway = area > 0 !== isTurned
    const fromX = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5))
    const toX = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5))
    const fromY = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5))
    const toY = Math.min(width - 1, Math.floor(Math.max(ay, by, cy) - 0.5))
    left -= Math.max(0, toX - fromX + 1) * Math.max(0, toY - fromY + 1)
    if (left < 0) throw new PixelError('too-large', 'the model covers itself too often')
    for (let row = fromY; row <= toY; row++) {
      const y = row + 0.5
      for (let column = fromX; column <= toX; column++) {
        const x = column + 0.5
        const shareC = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
        const shareB = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
        const shareA = 1 - shareB - shareC
        if (shareA < 0 || shareB < 0 || shareC < 0) continue
        const depth = shareA * az + shareB * bz + shareC * cz
        const at = row * width + column
        if (depth <= (depths[at] ?? 0)) continue
        depths[at] = depth
        isInside[at] = facesAway ? 1 : 2
        for (let channel = 0; channel < 3; channel++) {
          colours[at * 3 + channel] = facesAway
            ? (inside[channel] ?? 0)
            : shownOf(
                shareA * (lit[a + channel] ?? 0) +
                  shareB * (lit[b + channel] ?? 0) +
                  shareC * (lit[c + channel] ?? 0),
              )
        }
      }
    }
  }
  const seen = { outside: 0, inside: 0 }
  for (const what of isInside) {
    if (what === 1) seen.inside++
    else if (what === 2) seen.outside++
  }
  return seen
}

/** The mean of each pixel's samples. */
function shrunk(colours: Uint8Array, side: number): Uint8Array {
  const data = new Uint8Array(side * side * 3)
  const width = side * samples
  for (let row = 0, to = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0
        for (let y = 0; y < samples; y++) {
          for (let x = 0; x < samples; x++) {
            sum += colours[((row * samples + y) * width + column * samples + x) * 3 + channel] ?? 0
          }
        }
        data[to++] = Math.round(sum / samples ** 2)
      }
    }
  }
  return data
}

/** sRGB's curve, IEC 61966-2-1. */
function linearOf(value: number): number {
  const share = value / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

const shown = Uint8Array.from({ length: 1025 }, (_, step) => {
  const share = step / 1024
  return Math.round(255 * (share <= 0.0031308 ? share * 12.92 : 1.055 * share ** (1 / 2.4) - 0.055))
})
function shownOf(value: number): number {
  return shown[Math.min(1024, Math.max(0, Math.round(value * 1024)))] ?? 0
}

function unit([x, y, z]: Vector): Vector {
  const length = Math.hypot(x, y, z)
  return [x / length, y / length, z / length]
}
