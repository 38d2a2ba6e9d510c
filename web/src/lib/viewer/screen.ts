import {
  cache,
  Enums,
  imageLoader,
  init,
  metaData,
  RenderingEngine,
  type StackViewport,
  utilities,
  type Types,
} from '@cornerstonejs/core'
import { equalise } from './equalise.ts'
import type { Range } from './initial-window.ts'
import { loadFrame, type Frame } from './load-frame.ts'
import type { ViewedInstance } from './stacks.ts'
import { matrixOf, toFrame, type FrameShape, type Size, type View } from './view.ts'

/** What a screen draws: a frame, and how. */
export type Picture = {
  studyInstanceUid: string
  instance: ViewedInstance
  frame: number
  isEqualised: boolean
}
export type Look = { range: Range; isInverted: boolean; sharpness: number }

/** One pane's drawing surface, by Cornerstone3D and WebGL. */
export type Screen = {
  /** Loads a frame and puts it on the screen. Resolves once it is drawn; null when another was wanted meanwhile. */
  show(picture: Picture, look: (frame: Frame) => Look): Promise<Frame | null>
  look(look: Look): void
  place(view: View, shape: FrameShape, pane: Size): void
  /** draws what there is again, at once */
  redraw(): void
  resize(): void
  close(): void
}

const engineId = 'bitewing'
const cacheBytesMax = 768 * 1024 * 1024
const scheme = 'bitewing'

const pictures = new Map<string, Picture>()
const frames = new WeakMap<Types.IImage, Frame>()
let engine: RenderingEngine | undefined
let screens = 0

/** Whether this browser draws by WebGL 2; without it pages keep to the previews. */
export function canDraw(): boolean {
  const context = document.createElement('canvas').getContext('webgl2')
  context?.getExtension('WEBGL_lose_context')?.loseContext()
  return context !== null
}

/** A screen within an element that has a size. */
export function createScreen(element: HTMLDivElement): Screen {
  engine ??= startEngine()
  const viewportId = `pane-${++screens}`
  engine.enableElement({ viewportId, element, type: Enums.ViewportType.STACK })
  const viewport = engine.getViewport<StackViewport>(viewportId)
  const own = engine
  let wanted = ''
  let shown: Frame | null = null

  function apply({ range, isInverted, sharpness }: Look): void {
    if (!shown) return
    const scale = shown.colour ? { slope: 1, intercept: 0 } : shown.scale
    const [one, other] = [range.lower, range.upper].map((value) => (value - scale.intercept) / scale.slope)
    viewport.setProperties({
      voiRange: { lower: Math.min(one ?? 0, other ?? 0), upper: Math.max(one ?? 0, other ?? 0) },
      // a negative slope turns the order of values round
      invert: isInverted !== scale.slope < 0,
      sharpening: sharpness,
    })
  }

  return {
    async show(picture, look) {
      const imageId = idOf(picture)
      wanted = imageId
      const image = await imageLoader.loadAndCacheImage(imageId)
      if (wanted !== imageId) return null
      const frame = frames.get(image)
      if (!frame) return null
      await viewport.setStack([imageId])
      if (wanted !== imageId) return null
      shown = frame
      apply(look(frame))
      return frame
    },
    look(look) {
      apply(look)
      viewport.render()
    },
    place(view, shape, pane) {
      const [column, row] = toFrame(matrixOf(view, shape, pane), { x: pane.width / 2, y: pane.height / 2 })
      const radians = (view.rotation * Math.PI) / 180
      // where "up" on the screen lies in the frame
      const up = [-Math.sin(radians) * (view.isMirrored ? -1 : 1), -Math.cos(radians)] as const
      const normal = view.isMirrored ? 1 : -1
      // the world's unit is a column; its origin is the middle of the first pixel
      const focalPoint: Types.Point3 = [column - 0.5, (row - 0.5) * shape.pixelAspect, 0]
      viewport.setCamera({
        focalPoint,
        position: [focalPoint[0], focalPoint[1], normal * 500],
        viewPlaneNormal: [0, 0, normal],
        viewUp: [up[0], up[1], 0],
        parallelScale: pane.height / 2 / view.scale,
        parallelProjection: true,
      })
      viewport.render()
    },
    redraw: () => viewport.render(),
    resize: () => own.resize(true, true),
    close: () => own.disableElement(viewportId),
  }
}

/** Loads a frame ahead of its being wanted; a failure is told when it is. */
export function loadAhead(picture: Picture): void {
  imageLoader.loadAndCacheImage(idOf(picture)).catch(() => undefined)
}

function startEngine(): RenderingEngine {
  init({
    debug: {},
    rendering: { useCPURendering: false, renderingEngineMode: 'contextPool', webGlContextCount: 1 },
  })
  cache.setMaxCacheSize(cacheBytesMax)
  imageLoader.registerImageLoader(scheme, (imageId) => {
    const picture = pictures.get(imageId)
    const abort = new AbortController()
    const promise = picture
      ? frameOf(picture, abort.signal).then((frame) => imageOf(imageId, picture, frame))
      : Promise.reject(new Error('An image that nobody named'))
    const loading = { promise, cancelFn: () => abort.abort() }
    // who waits for it is told of a failure; the cache, where the library put it there, would tell nobody: an unhandled one
    if (!cache.getImageLoadObject(imageId)) cache.putImageLoadObject(imageId, loading).catch(() => undefined)
    return loading
  })
  metaData.addProvider(describe, 10_000)
  return new RenderingEngine(engineId)
}

/** An equalised frame is made of the one that is there already. */
async function frameOf(picture: Picture, signal: AbortSignal): Promise<Frame> {
  if (!picture.isEqualised) return loadFrame(picture, signal)
  const plain = await imageLoader.loadAndCacheImage(idOf({ ...picture, isEqualised: false }))
  return frames.get(plain) ?? loadFrame(picture, signal)
}

function idOf(picture: Picture): string {
  const { instance, frame, isEqualised } = picture
  const imageId = `${scheme}:${instance.sopInstanceUid}/${frame}${isEqualised ? '/equalised' : ''}`
  pictures.set(imageId, picture)
  return imageId
}

/** What Cornerstone asks of an image: nothing of the patient, and spacing in columns, since we measure ourselves. */
function describe(type: string, imageId: string): object | undefined {
  const picture = typeof imageId === 'string' ? pictures.get(imageId) : undefined
  if (!picture) return undefined
  const { instance } = picture
  const { attributes } = instance
  switch (type) {
    case 'imagePixelModule':
      return {
        bitsAllocated: attributes.bitsAllocated,
        bitsStored: attributes.bitsStored,
        highBit: attributes.bitsStored - 1,
        samplesPerPixel: attributes.isColour ? 3 : 1,
        pixelRepresentation: attributes.isSigned ? 1 : 0,
        photometricInterpretation: attributes.isColour || attributes.hasLut ? 'RGB' : 'MONOCHROME2',
      }
    case 'generalSeriesModule':
      return { modality: instance.modality }
    case 'imagePlaneModule':
      return {
        rowCosines: [1, 0, 0],
        columnCosines: [0, 1, 0],
        imageOrientationPatient: [1, 0, 0, 0, 1, 0],
        imagePositionPatient: [0, 0, 0],
        rowPixelSpacing: pixelAspectOf(instance),
        columnPixelSpacing: 1,
        rows: instance.rows ?? 0,
        columns: instance.columns ?? 0,
        frameOfReferenceUID: instance.sopInstanceUid,
      }
    default:
      return undefined
  }
}

function imageOf(imageId: string, picture: Picture, frame: Frame): Types.IImage {
  const { columns, rows } = frame
  const shown =
    !frame.colour && picture.isEqualised
      ? { ...frame, pixels: equalise(frame.pixels, frame, storedRange(frame)) }
      : frame
  const pixels: Types.PixelDataTypedArray = shown.colour ? new Uint8Array(shown.pixels.buffer) : shown.pixels
  const numberOfComponents = frame.colour ? 3 : 1
  const window = { center: 128, width: 256 }
  const image: Types.IImage = {
    imageId,
    columns,
    rows,
    width: columns,
    height: rows,
    color: frame.colour,
    rgba: false,
    numberOfComponents,
    columnPixelSpacing: 1,
    rowPixelSpacing: pixelAspectOf(picture.instance),
    minPixelValue: frame.colour ? 0 : frame.minimum,
    maxPixelValue: frame.colour ? 255 : frame.maximum,
    slope: 1,
    intercept: 0,
    windowCenter: window.center,
    windowWidth: window.width,
    voiLUTFunction: Enums.VOILUTFunctionType.LINEAR,
    invert: false,
    sizeInBytes: pixels.byteLength,
    dataType: pixels.constructor.name as Types.PixelDataTypedArrayString, // the name of a typed array's class
    getPixelData: () => pixels,
    getCanvas: () => document.createElement('canvas'),
    voxelManager: utilities.VoxelManager.createImageVoxelManager({
      width: columns,
      height: rows,
      scalarData: pixels,
      numberOfComponents,
    }),
  }
  // as it is drawn: a magnifier shows the same
  frames.set(image, shown)
  return image
}

function storedRange({ initial, scale }: Frame & { colour: false }): Range {
  const [one = 0, other = 0] = [initial.lower, initial.upper].map(
    (value) => (value - scale.intercept) / scale.slope,
  )
  return { lower: Math.min(one, other), upper: Math.max(one, other) }
}

/** Height of an image's pixels divided by their width, by what it says of their spacing. */
export function pixelAspectOf({ attributes: { spacing } }: ViewedInstance): number {
  const [row, column] = spacing.pixelSpacing ?? spacing.imagerPixelSpacing ?? [spacing.pixelAspect, 1]
  return row / column
}
