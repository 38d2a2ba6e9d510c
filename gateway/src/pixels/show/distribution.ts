import type { ImageDescription } from '../pixels.ts'

/** How often each value occurs, in ascending order of values; units are those after the modality transformation. */
export type Distribution = { values: Float64Array; counts: Float64Array; total: number }

/**
 * The distribution of a frame's values, without edges of one value each (collimation, scanner frames, blank canvas).
 *
 * @param valueOf modality value of an allocated word; null for padding
 * @param rowStep  each so-many-th row alone
 */
export function histogramOf(
  words: Uint8Array | Uint16Array,
  { rows, columns }: Pick<ImageDescription, 'rows' | 'columns'>,
  valueOf: (word: number) => number | null,
  rowStep = 1,
): Distribution {
  const { top, bottom, left, right } = contentOf(words, rows, columns)
  const bins = new Uint32Array(words.BYTES_PER_ELEMENT === 1 ? 256 : 65536)
  for (let row = top; row < bottom; row += rowStep) {
    const end = row * columns + right
    for (let index = row * columns + left; index < end; index++) {
      const word = words[index] ?? 0
      bins[word] = (bins[word] ?? 0) + 1
    }
  }
  const pairs: [number, number][] = []
  bins.forEach((count, word) => {
    const value = count > 0 ? valueOf(word) : null
    if (value !== null) pairs.push([value, count])
  })
  return sorted(pairs)
}

const sampleMax = 262_144

/** The same from numbers too many to count one by one: every nth of them. */
export function sampleOf(
  numbers: ArrayLike<number>,
  valueOf: (number: number) => number | null,
): Distribution {
  const pairs: [number, number][] = []
  const step = Math.max(1, Math.ceil(numbers.length / sampleMax))
  for (let index = 0; index < numbers.length; index += step) {
    const value = valueOf(numbers[index] ?? 0)
    if (value !== null) pairs.push([value, 1])
  }
  return sorted(pairs)
}

function sorted(pairs: [number, number][]): Distribution {
  pairs.sort(([a], [b]) => a - b)
  const counts = Float64Array.from(pairs, ([, count]) => count)
  return {
    values: Float64Array.from(pairs, ([value]) => value),
    counts,
    total: counts.reduce((sum, count) => sum + count, 0),
  }
}

/** The frame without the rows and columns at its edges that hold one value only; all of it when nothing would be left. */
function contentOf(words: Uint8Array | Uint16Array, rows: number, columns: number) {
  const flat = (first: number, step: number, count: number) => {
    const value = words[first]
    for (let index = 1; index < count; index++) if (words[first + index * step] !== value) return false
    return true
  }
  let [top, bottom, left, right] = [0, rows, 0, columns]
  while (top < bottom && flat(top * columns, 1, columns)) top++
  while (bottom > top && flat((bottom - 1) * columns, 1, columns)) bottom--
  if (top === bottom) return { top: 0, bottom: rows, left: 0, right: columns }
  while (left < right && flat(top * columns + left, columns, bottom - top)) left++
  while (right > left && flat(top * columns + right - 1, columns, bottom - top)) right--
  return left === right ? { top: 0, bottom: rows, left: 0, right: columns } : { top, bottom, left, right }
}
