import type { ImageDescription, ShownView, Window } from '../pixels.ts'
import { defaultWindow } from './default-window.ts'
import type { Distribution } from './distribution.ts'
import { showsInverted } from './shows-inverted.ts'
import { mayHave, viewQuirks, type ViewQuirkId } from './view-quirks.ts'
import { voiLutTransformation, windowTransformation } from './voi-transformation.ts'

/** How grey values are shown: from modality units to 0–255, before an inversion (`showsInverted`). A window that was asked for counts as stored. */
export type View = ShownView & { transformation: (value: number) => number }

/**
 * Chooses what to show: the window asked for, else the first stored window that can be believed, else the VOI LUT,
 * else pictures of 8 bits as they are, else a window found from the values.
 *
 * A window comes before a VOI LUT because viewers do it so, and a preview must look like the viewer's picture.
 *
 * @param distribution of the frame, of all its rows or of each so-many-th; made only when it is needed
 */
export function chooseView(
  image: ImageDescription,
  asked: Window | null,
  distribution: (rowStep?: number) => Distribution,
): View {
  if (asked) {
    return {
      transformation: windowTransformation(asked),
      window: asked,
      source: 'stored-window',
      quirks: [],
      asSent: null,
    }
  }

  const quirks: ViewQuirkId[] = []
  let asSent: Window | null = null
  const [stored] = image.windows
  if (stored) {
    const suspect =
      mayHave(viewQuirks['window-burns-out'], image) &&
      burnsOut(stored, image, distribution(rowStepFor(image)))
    if (!suspect) {
      return {
        transformation: windowTransformation(stored),
        window: stored,
        source: 'stored-window',
        quirks,
        asSent,
      }
    }
    quirks.push('window-burns-out')
    asSent = stored
  }
  if (image.voiLut) {
    return {
      transformation: voiLutTransformation(image.voiLut),
      window: null,
      source: 'voi-lut',
      quirks,
      asSent,
    }
  }

  const { bitsStored, signed, modalityLut, rescale, pixelType } = image
  if (pixelType === 'integer' && bitsStored <= 8 && !modalityLut && !rescale) {
    const low = signed ? -(2 ** (bitsStored - 1)) : 0
    const range = 2 ** bitsStored - 1
    const transformation = (value: number) => ((value - low) / range) * 255
    return { transformation, window: null, source: 'as-stored', quirks, asSent }
  }

  const washedOut = viewQuirks['washed-out']
  const { window, plain } = defaultWindow(distribution(), {
    inverted: showsInverted(image),
    brightestMiddle: mayHave(washedOut, image) ? washedOut.threshold : null,
  })
  if (plain) {
    quirks.push('washed-out')
    asSent ??= plain
  }
  return { transformation: windowTransformation(window), window, source: 'automatic', quirks, asSent }
}

/** A quarter of a million pixels tell what share of them is white as well as all do, at a tenth of the time. */
const pixelsForShare = 262_144

/** Odd, so that rows of two kinds in turns are both seen. */
function rowStepFor({ rows, columns }: ImageDescription): number {
  const step = Math.floor((rows * columns) / pixelsForShare)
  return step < 2 ? 1 : step - 1 + (step % 2)
}

/**
 * Whether a stored window would leave next to nothing but white. Some dental systems write a window for 8 bits into
 * images of 12 or 16 and keep the real one in private elements.
 */
function burnsOut(window: Window, image: ImageDescription, { values, counts, total }: Distribution) {
  const transform = windowTransformation(window)
  const white = showsInverted(image) ? (level: number) => level < 1 : (level: number) => level > 254
  const burnt = counts.reduce(
    (sum, count, index) => (white(transform(values[index] ?? 0)) ? sum + count : sum),
    0,
  )
  return total > 0 && burnt > viewQuirks['window-burns-out'].threshold * total
}
