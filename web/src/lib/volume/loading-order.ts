/** A slice to load, and the slices that it stands for until they come themselves. */
export type LoadingStep = { slice: number; from: number; to: number }

/** How far apart the first slices lie that are loaded. */
const coarsest = 16

/** Every sixteenth slice first, then those halfway between, and so on: each slice once. */
export function loadingOrder(slices: number): LoadingStep[] {
  const order: LoadingStep[] = []
  for (let stride = coarsest; stride >= 1; stride /= 2) {
    const isFirst = stride === coarsest
    for (let slice = isFirst ? 0 : stride; slice < slices; slice += isFirst ? stride : 2 * stride) {
      order.push({ slice, from: slice, to: Math.min(slices, slice + stride) })
    }
  }
  return order
}
