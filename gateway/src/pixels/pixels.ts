import type { Arch, MeshFormat } from '@bitewing/models'
import type { LentPart } from '../object-store/lent-part.ts'

/**
 * The port for pixels: one frame in, pictures or native pixel data out.
 *
 * Frames come from anywhere and are decoded by native and WebAssembly code, so all work happens in child processes
 * that hold no secret; see `create-pixels.ts`. What a picture is for (preview, thumbnail, viewport) is not known here.
 */
export type Pixels = {
  /** One picture of one frame. @throws {PixelError} */
  render(request: RenderRequest): Promise<Rendition>
  /** Several pictures of one frame that is decoded and windowed once; answers in the order of `outputs`. @throws {PixelError} */
  renderMany(request: RenderManyRequest): Promise<Rendition[]>
  /** The frame as native pixel data, for Explicit VR Little Endian. @throws {PixelError} */
  decode(request: DecodeRequest): Promise<DecodedFrame>
  /** How the frame is shown by itself. @throws {PixelError} */
  view(request: DecodeRequest): Promise<ShownView>
  /** The frame in another compressed transfer syntax, one of `compressionTargets`. @throws {PixelError} */
  compress(request: CompressRequest): Promise<CompressedFrame>
  /** Several pictures of a digital model, read and drawn once; see `draw/draw-mesh.ts`. @throws {PixelError} */
  drawModel(request: ModelRequest): Promise<Rendition[]>
  /** Ends the child processes. Waiting and running jobs fail with `closed`. */
  close(): Promise<void>
}

/**
 * One frame, never a whole multi-frame Pixel Data; just what `readFrame` of the DICOM folder gives. For one job: memory
 * that was made for one reader (`ownMemory`) is freed when the frame has been worked on.
 */
export type FrameBytes = {
  /**
   * Encapsulated: the frame's fragments joined, without item headers. Native: little endian whatever the file is (for a
   * big endian file too), inflated, and beginning at a byte even where frames of single bits are packed together.
   */
  bytes: Uint8Array
  /** (0002,0010) of the file. */
  transferSyntaxUid: string
}

/** A frame that the process which works on it reads for itself, from a sealed file of this machine. */
export type LentFrame = Omit<FrameBytes, 'bytes'> & {
  lent: LentPart
  /** Tells frames apart. */
  name: string
  /** Where the process cannot read it; what this throws, the job fails with. */
  otherwise(): Promise<FrameBytes>
}

/** What a frame's bytes mean and how they want to be shown; made by `imageDescription`. */
export type ImageDescription = {
  modality: string | null // (0008,0060)
  manufacturer: string | null // (0008,0070)
  rows: number // (0028,0010)
  columns: number // (0028,0011)
  samplesPerPixel: number // (0028,0002)
  photometricInterpretation: string // (0028,0004)
  presentationShape: 'IDENTITY' | 'INVERSE' | null // (2050,0020); null when nothing, or something else, is said
  planarConfiguration: 0 | 1 // (0028,0006)
  bitsAllocated: number // (0028,0100)
  bitsStored: number // (0028,0101)
  highBit: number // (0028,0102)
  signed: boolean // (0028,0103)
  /** Which element holds the pixels: (7FE0,0010), (7FE0,0008) Float or (7FE0,0009) Double Float. */
  pixelType: 'integer' | 'float' | 'double'
  /** Height of a pixel divided by its width, from spacings or (0028,0034); 1 when nothing is said. */
  pixelAspect: number
  /** (0028,0120) and (0028,0121), inclusive, in stored values; such pixels are background. */
  padding: { first: number; last: number } | null
  /** A modality LUT wins over rescale when a file has both. */
  modalityLut: LookupTable | null // (0028,3000)
  rescale: { slope: number; intercept: number } | null // (0028,1053), (0028,1052)
  /** All stored windows, in units after the modality transformation; the first usable one is shown. */
  windows: Window[] // (0028,1050), (0028,1051), (0028,1056)
  /** Shown when there is no usable window. */
  voiLut: LookupTable | null // (0028,3010)
  palette: Palette | null // (0028,1101)–(0028,1203), (0028,1221)–(0028,1223)
  /** a grey image whose highest stored values are colours, from the palette's first on (PS3.3 §C.8.16.2.1.1.1) */
  supplementalPalette: boolean
  /** (0028,2000); colour is converted from it to sRGB. */
  iccProfile: Uint8Array | null
  /** Drawn white over the picture, unless that is asked to be without. */
  overlays: OverlayPlane[] // (60xx,3000)
}

/** PS3.3 §C.11.2.1.2; units are those after the modality transformation. */
export type Window = { center: number; width: number; function: WindowFunction }
export type WindowFunction = 'linear' | 'linear-exact' | 'sigmoid'

/** PS3.3 §C.11.1.1: `values[0]` is for inputs up to `first`, the last for all above. */
export type LookupTable = { first: number; bits: number; values: Uint16Array }

/** Palette entries scaled to 8 bits. `first` is the stored value of entry 0. */
export type Palette = { first: number; red: Uint8Array; green: Uint8Array; blue: Uint8Array }

/** A plane of single bits over a frame, PS3.3 §C.9.2. */
export type OverlayPlane = {
  group: number // 0x6000 to 0x601E
  rows: number
  columns: number
  /** of its first pixel in the frame, from 0; may lie outside */
  top: number
  left: number
  /** one bit a pixel, the first in the lowest; null where they lie in unused bits of the pixel data */
  bits: Uint8Array | null
  /** which bit of the allocated words, in that case */
  embeddedBit: number | null
}

/** What a softcopy presentation state wants of one frame; made by `presentationOf`. Levels are P-values from 0 to 255. */
export type Presentation = {
  /** null for colour, whose samples stay as they are */
  grey: {
    modalityLut: LookupTable | null
    rescale: { slope: number; intercept: number } | null
    window: Window | null
    voiLut: LookupTable | null
    presentationLut: LookupTable | 'identity' | 'inverse'
    /** of a pseudo-colour state */
    palette: Palette | null
  } | null
  iccProfile: Uint8Array | null
  /** Pixels outside any of them, or inside a bitmap, are covered; in source pixels, from 0, edges included. */
  shutters: Shutter[]
  shutterLevel: number
  overlays: { plane: OverlayPlane; level: number }[]
  /** What is shown, in source pixels from 0; may reach outside. */
  area: { left: number; top: number; width: number; height: number }
  /** Output pixels for a source pixel; null to fit. */
  magnification: number | null
  /** Height of a source pixel divided by its width. */
  pixelAspect: number
  /** Clockwise, in degrees; before the flip. */
  rotation: 0 | 90 | 180 | 270
  flip: boolean
  /** From back to front. */
  graphics: Graphic[]
}

export type Shutter =
  | { shape: 'rectangle'; left: number; right: number; top: number; bottom: number }
  | { shape: 'circle'; row: number; column: number; radius: number }
  | { shape: 'polygon'; vertices: { row: number; column: number }[] }
  | { shape: 'bitmap'; plane: OverlayPlane }

/** In `pixels` of the source from its corner, or as shares of the area shown. */
export type GraphicPoint = { x: number; y: number; units: 'pixel' | 'display' }
export type Graphic = {
  /** R, G, B from 0 to 255 */
  colour: [number, number, number]
} & (
  | {
      kind: 'point' | 'polyline' | 'interpolated' | 'circle' | 'ellipse'
      points: GraphicPoint[]
      filled: boolean
    }
  | {
      kind: 'text'
      text: string
      corner: GraphicPoint | null
      opposite: GraphicPoint | null
      anchor: GraphicPoint | null
      anchorVisible: boolean
    }
)

export type ImageFormat = 'jpeg' | 'webp' | 'png' | 'avif' | 'gif'

/** One picture to make. Sides are output pixels; without any, every source pixel is kept. */
export type Output = {
  format: ImageFormat
  /** Largest width; the aspect ratio is always kept. */
  width?: number
  /** Largest height. With `width`, a box to fit in. */
  height?: number
  /** A canvas of `width` × `width`, the picture centred on black. Never cropped: a panoramic's outer teeth matter. */
  square?: boolean
  /** Fill the box even where that means more pixels than the source has; false by default. */
  enlarge?: boolean
  /** 1–100; ignored by png and gif. */
  quality: number
  /**
   * Raise the quality until the picture is so similar to what was encoded (SSIM, 0–1, see
   * `encode/structural-similarity.ts`), or no more can be done; absent: the quality as it is. Not for gif.
   */
  similarityMin?: number
  /** The picture says in itself that it is a preview (XMP). Not for gif. */
  preview?: boolean
  /** Scans (jpeg) or interlacing (png) from coarse to fine; ignored by the others. */
  progressive?: boolean
  /** Colours are converted to this profile, which is put into the picture; sRGB without one when absent. Not for gif. */
  iccProfile?: 'srgb' | 'p3'
  /** RGBA of our own making, laid over the upper left corner and made smaller where it must be. */
  overlay?: { data: Uint8Array; width: number; height: number }
}

type FrameRequest = {
  frame: FrameBytes | LentFrame
  image: ImageDescription
  /** `interactive` (default): somebody waits. `background`: ingest; runs when nobody waits. */
  priority?: 'interactive' | 'background'
  signal?: AbortSignal
  /** In place of the pool's own, for work that is known to take longer. */
  timeoutMs?: number
}

export type DecodeRequest = FrameRequest
export type CompressRequest = FrameRequest & { transferSyntaxUid: string }

export type ModelRequest = Pick<FrameRequest, 'priority' | 'signal' | 'timeoutMs'> & {
  /** of the file, in memory for this alone */
  bytes: Uint8Array
  format: MeshFormat
  /** decides from where it is seen */
  arch: Arch | null
  outputs: Output[]
}

type ViewRequest = FrameRequest & {
  /** Replaces the file's windows and VOI LUT; ignored for colour. */
  window?: Window
  /** The part of the frame to show, in source pixels from its upper left corner; may be fractional. */
  region?: { x: number; y: number; width: number; height: number }
  /** Mirror left and right. */
  flipHorizontal?: boolean
  /** Mirror top and bottom. */
  flipVertical?: boolean
  /** Overlays may hold anything, a name as well: not in what must not show one. */
  withoutOverlays?: boolean
  /** In place of window, region, flips and overlays. */
  presentation?: Presentation
}

export type RenderRequest = ViewRequest & { output: Output }
export type RenderManyRequest = ViewRequest & { outputs: Output[] }

/** A picture without any metadata in it. */
export type Rendition = {
  bytes: Buffer
  width: number
  height: number
  /** The window that was applied, stored or found; null for colour, a VOI LUT and pictures shown as they are. */
  window: Window | null
}

/** Native pixel data, little endian, and the attributes that changed by decoding and have to be written with it. */
export type DecodedFrame = {
  bytes: Buffer
  photometricInterpretation: string
  planarConfiguration: 0 | 1
}

/** A bit stream of even length without fragments, and the attributes that have to be written with it. */
export type CompressedFrame = DecodedFrame

/** How a frame is shown where nothing else is asked for; for a badge, and to show other frames alike. */
export type ShownView = {
  /** null for colour, a VOI LUT and pictures shown as they are */
  window: Window | null
  /**
   * `stored-window`, `voi-lut`: as the file says. `as-stored`: 8 bits that say nothing. `automatic`: a window found from
   * the values. `colour`: there is nothing to choose.
   */
  source: 'stored-window' | 'voi-lut' | 'as-stored' | 'automatic' | 'colour'
  /** Ids of `viewQuirks` that were met. */
  quirks: string[]
  /** Where a quirk was met: the window the file asks for, or the plain span of its values where it asks for none. */
  asSent: Window | null
}

export type PixelsOptions = {
  /** Child processes; one job at a time runs in each. */
  processes: number
  /** From start of work to answer, not counting the time in the queue. */
  timeoutMs: number
  /** Memory of one child process beyond what Node itself reserves; enforced by the kernel on Linux. */
  memoryMaxMb: number
  /** Jobs that may wait, for each priority. */
  queueMax?: number
  /** Rows × columns that are decoded at all. */
  framePixelsMax?: number
  /** Pixels of one picture. */
  outputPixelsMax?: number
  /** A child process is replaced after so many jobs, so that no leak grows for ever. */
  jobsPerProcessMax?: number
  /** Of the child processes, 0 to 19: those of the worker leave the processor to whatever somebody waits for. */
  niceness?: number
  /**
   * So long after its making the pool starts its processes and lets each draw a few pictures of noise, unless there is
   * work: a first picture in a new process takes five times as long as the twentieth. Never, where it is not given.
   */
  warmUpAfterMs?: number
  /** Where sealed files lie that a frame may be lent from; asked when a process is started. */
  lendingFolders?: () => readonly string[]
  /** Told when a child process dies or is killed; for logs and metrics. Holds no patient data. */
  onIncident?: (incident: PixelIncident) => void
}

export type PixelIncident = {
  kind: 'crashed' | 'timed-out'
  exitCode: number | null
  signal: string | null
  transferSyntaxUid: string
}
