/** A Huffman code as JPEG writes it: `lengths` and `symbols` are BITS and HUFFVAL, `codes` and `sizes` are by symbol. */
export type HuffmanCode = { lengths: number[]; symbols: number[]; codes: number[]; sizes: number[] }

/**
 * A code for symbols of these frequencies, none longer than 16 bits and none of ones only.
 *
 * @param counts of at most 256 symbols; those that do not occur get no code
 * @see ITU-T T.81 §K.2 for the sizes, §C.2 for the codes
 */
export function huffmanCode(counts: Uint32Array): HuffmanCode {
  // One more symbol, the rarest, keeps the code of ones only free.
  const nodes = [...counts, 0].map((count, symbol) => ({
    weight: symbol === counts.length ? 0 : count,
    symbols: [symbol],
    isReserved: symbol === counts.length,
  }))
  let live = nodes.filter(({ weight, isReserved }) => weight > 0 || isReserved)
  const depth = new Array<number>(counts.length + 1).fill(0)
  while (live.length > 1) {
    live.sort((a, b) => b.weight - a.weight || Number(a.isReserved) - Number(b.isReserved))
    const [rarest, second] = [live.at(-1), live.at(-2)]
    if (!rarest || !second) break
    const symbols = [...rarest.symbols, ...second.symbols]
    for (const symbol of symbols) depth[symbol] = (depth[symbol] ?? 0) + 1
    live = [
      ...live.slice(0, -2),
      { weight: rarest.weight + second.weight, symbols, isReserved: rarest.isReserved || second.isReserved },
    ]
  }

  const bySize = new Array<number>(Math.max(17, ...depth.map((size) => size + 1))).fill(0)
  for (const size of depth) if (size > 0) bySize[size] = (bySize[size] ?? 0) + 1
  const at = (size: number) => bySize[size] ?? 0
  for (let size = bySize.length - 1; size > 16; size--) {
    while (at(size) > 0) {
      // Two of the longest go: one takes their prefix, the other shares that of a shorter one (Figure K.3).
      let shorter = size - 2
      while (at(shorter) === 0) shorter--
      bySize[size] = at(size) - 2
      bySize[size - 1] = at(size - 1) + 1
      bySize[shorter + 1] = at(shorter + 1) + 2
      bySize[shorter] = at(shorter) - 1
    }
  }
  let longest = 16
  while (longest > 0 && at(longest) === 0) longest--
  bySize[longest] = at(longest) - 1 // the reserved one

  const lengths = Array.from({ length: 16 }, (_, index) => at(index + 1))
  const symbols = [...counts.keys()]
    .filter((symbol) => (counts[symbol] ?? 0) > 0)
    .sort((a, b) => (depth[a] ?? 0) - (depth[b] ?? 0) || a - b)
  const code: HuffmanCode = { lengths, symbols, codes: [], sizes: [] }
  let value = 0
  let next = 0
  for (const [index, count] of lengths.entries()) {
    for (let each = 0; each < count; each++) {
      const symbol = symbols[next++] ?? 0
      code.codes[symbol] = value++
      code.sizes[symbol] = index + 1
    }
    value <<= 1
  }
  return code
}
