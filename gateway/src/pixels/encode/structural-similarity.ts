/**
 * Mean structural similarity (SSIM) of two grey pictures: 1 for equal ones.
 *
 * Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to structural
 * similarity", IEEE Transactions on Image Processing 13 (4), 2004: windows of 11 × 11 with Gaussian weights (σ 1.5,
 * sum 1), K1 = 0.01, K2 = 0.03, L = 255, the mean over all windows that lie inside the picture. Not scaled down first.
 *
 * @param a, b   samples of 0–255, row after row, `width` × `height` of them
 * @param stride windows in every so-many-th row and column alone: 1 for all of them. A sample of ten thousands tells the
 *   mean to the third digit at a small part of the cost; multiples of 2 would always see the same places of a JPEG's blocks
 * @returns -1 to 1; of pictures smaller than a window, the similarity of one window that is cut to them
 */
export function structuralSimilarity(
  a: Uint8Array,
  b: Uint8Array,
  { width, height }: { width: number; height: number },
  stride = 1,
): number {
  const [across, down] = [gaussian(Math.min(windowSide, width)), gaussian(Math.min(windowSide, height))]
  const columns = width
  // sums down the window for each column of one row of windows
  const meanA = new Float64Array(columns)
  const meanB = new Float64Array(columns)
  const squareA = new Float64Array(columns)
  const squareB = new Float64Array(columns)
  const product = new Float64Array(columns)
  let sum = 0
  let count = 0

  for (let top = 0; top + down.length <= height; top += stride) {
    for (const sums of [meanA, meanB, squareA, squareB, product]) sums.fill(0)
    for (let row = 0; row < down.length; row++) {
      const weight = down[row] ?? 0
      const line = (top + row) * width
      for (let column = 0; column < columns; column++) {
        const x = a[line + column] ?? 0
        const y = b[line + column] ?? 0
        const wx = weight * x
        const wy = weight * y
        meanA[column] = (meanA[column] ?? 0) + wx
        meanB[column] = (meanB[column] ?? 0) + wy
        squareA[column] = (squareA[column] ?? 0) + wx * x
        squareB[column] = (squareB[column] ?? 0) + wy * y
        product[column] = (product[column] ?? 0) + wx * y
      }
    }
    for (let left = 0; left + across.length <= width; left += stride) {
      let [ma, mb, aa, bb, ab] = [0, 0, 0, 0, 0]
      for (let column = 0; column < across.length; column++) {
        const weight = across[column] ?? 0
        const at = left + column
        ma += weight * (meanA[at] ?? 0)
        mb += weight * (meanB[at] ?? 0)
        aa += weight * (squareA[at] ?? 0)
        bb += weight * (squareB[at] ?? 0)
        ab += weight * (product[at] ?? 0)
      }
      const luminance = (2 * ma * mb + c1) / (ma * ma + mb * mb + c1)
      const contrastAndStructure = (2 * (ab - ma * mb) + c2) / (aa - ma * ma + (bb - mb * mb) + c2)
      sum += luminance * contrastAndStructure
      count++
    }
  }
  return sum / count
}

const windowSide = 11
const sigma = 1.5
const c1 = (0.01 * 255) ** 2
const c2 = (0.03 * 255) ** 2

/** Weights of one dimension; their products are those of the window. */
function gaussian(side: number): number[] {
  const weights = Array.from({ length: side }, (_, index) =>
    Math.exp(-((index - (side - 1) / 2) ** 2) / (2 * sigma * sigma)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}
