import type { ImageDescription, Window } from '../pixels.ts'
import { chooseView } from './choose-view.ts'
import { histogramOf } from './distribution.ts'
import { modalityTransformation } from './modality-transformation.ts'
import { wholePicture, type PictureByRows, type ShownPicture } from './picture.ts'
import { allocatedWords, storedValue } from './stored-values.ts'
import { showsInverted } from './shows-inverted.ts'

/** @see greyByRows */
export function showGrey(bytes: Uint8Array, image: ImageDescription, window: Window | null): ShownPicture {
  return wholePicture(greyByRows(bytes, image, window))
}

/**
 * Grey images of up to 16 bits. The whole pipeline is worked out once for each possible word, in full precision, and
 * rounded once; a frame is then a single look-up per pixel.
 *
 * @see DICOM PS3.4 §N.2 modality, VOI and presentation transformations
 */
export function greyByRows(bytes: Uint8Array, image: ImageDescription, window: Window | null): PictureByRows {
  const words = allocatedWords(bytes, image)
  const stored = storedValue(image)
  const modality = modalityTransformation(image)
  const { padding } = image
  const isPadding = (value: number) => padding !== null && value >= padding.first && value <= padding.last

  const view = chooseView(image, window, (rowStep) =>
    histogramOf(
      words,
      image,
      (word) => {
        const value = stored(word)
        return isPadding(value) ? null : modality(value)
      },
      rowStep,
    ),
  )

  const inverted = showsInverted(image)
  const levelOf = (word: number) => {
    const value = stored(word)
    if (isPadding(value)) return 0 // background stays black, inverted or not (PS3.3 §C.7.5.1.1.2)
    const level = Math.round(view.transformation(modality(value)))
    return inverted ? 255 - level : level
  }
  const table = tableOf(words.BYTES_PER_ELEMENT === 1 ? 256 : 65536, image, levelOf)

  return {
    rows: (top, bottom) =>
      lookedUp(words.subarray(top * image.columns), table, (bottom - top) * image.columns),
    channels: 1,
    width: image.columns,
    height: image.rows,
    window: view.window,
    source: view.source,
    quirks: view.quirks,
    asSent: view.asSent,
    iccProfile: null,
  }
}

/** The level of each possible word: worked out once for each stored value, whatever lies in the bits beside it. */
function tableOf(
  words: number,
  { bitsStored, highBit }: ImageDescription,
  levelOf: (word: number) => number,
): Uint8Array {
  const shift = highBit + 1 - bitsStored
  const mask = 2 ** bitsStored - 1
  const levels = Uint8Array.from({ length: mask + 1 }, (_, value) => levelOf(value << shift))
  const table = new Uint8Array(words)
  for (let word = 0; word < words; word++) table[word] = levels[(word >> shift) & mask] ?? 0
  return table
}

/**
 * Four pixels are written at once, and words of 16 bits read two at a time, all in little endian. Without a function
 * between, which the engine does not take out of a loop of millions: half of the time.
 */
function lookedUp(words: Uint8Array | Uint16Array, table: Uint8Array, length: number): Uint8Array {
  const data = new Uint8Array(length)
  const fours = new Uint32Array(data.buffer, 0, Math.min(length, words.length) >> 2)
  if (words.BYTES_PER_ELEMENT === 2 && words.byteOffset % 4 === 0) {
    const pairs = new Uint32Array(words.buffer, words.byteOffset, fours.length * 2)
    for (let four = 0; four < fours.length; four++) {
      const first = pairs[four * 2] ?? 0
      const second = pairs[four * 2 + 1] ?? 0
      fours[four] =
        (table[first & 0xffff] ?? 0) |
        ((table[first >>> 16] ?? 0) << 8) |
        ((table[second & 0xffff] ?? 0) << 16) |
        ((table[second >>> 16] ?? 0) << 24)
    }
  } else {
    for (let four = 0; four < fours.length; four++) {
      const index = four * 4
      fours[four] =
        (table[words[index] ?? 0] ?? 0) |
        ((table[words[index + 1] ?? 0] ?? 0) << 8) |
        ((table[words[index + 2] ?? 0] ?? 0) << 16) |
        ((table[words[index + 3] ?? 0] ?? 0) << 24)
    }
  }
  for (let index = fours.length * 4; index < length; index++) data[index] = table[words[index] ?? 0] ?? 0
  return data
}
