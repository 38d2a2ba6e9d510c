/**
 * Text of DICOM values, PS3.5 §6.1 and PS3.3 C.12.1.1.2.
 *
 * Every Defined Term is known, with and without code extensions (ISO 2022). What the field gets wrong is repaired:
 * misspelt terms are read for what they mean; bytes that the declared repertoire cannot hold, or that nothing
 * declares, are UTF-8 when they are valid UTF-8 and Windows-1252 (a superset of ISO 8859-1's letters) when not.
 */

/** What a byte above 0x7F (G1) or a pair of bytes (G0) stands for. */
type CodeElement = {
  /** Label of the WHATWG encoding that holds the characters. */
  encoding: string
  /** 2 for the 94×94 sets. */
  bytesPerCharacter: 1 | 2
  /** Put before each character to select it in `encoding`. */
  prefix?: number
}

const single = (encoding: string): CodeElement => ({ encoding, bytesPerCharacter: 1 })
const katakana = single('shift_jis')
const jisX0208: CodeElement = { encoding: 'euc-jp', bytesPerCharacter: 2 }
const jisX0212: CodeElement = { encoding: 'euc-jp', bytesPerCharacter: 2, prefix: 0x8f }
const ksX1001: CodeElement = { encoding: 'euc-kr', bytesPerCharacter: 2 }
const gb2312: CodeElement = { encoding: 'gbk', bytesPerCharacter: 2 }

/** G1 (bytes above 0x7F) by registration number of the Defined Term, PS3.3 Tables C.12-2 to C.12-4. */
const g1ByRegistration = new Map<number, CodeElement>([
  [13, katakana],
  [58, gb2312],
  [100, single('windows-1252')],
  [101, single('iso-8859-2')],
  [109, single('iso-8859-3')],
  [110, single('iso-8859-4')],
  [126, single('iso-8859-7')],
  [127, single('iso-8859-6')],
  [138, single('iso-8859-8')],
  [144, single('iso-8859-5')],
  [148, single('windows-1254')],
  [149, ksX1001],
  [166, single('windows-874')],
  [203, single('iso-8859-15')],
])

/** Latin repertoires: text in them that is valid UTF-8 was meant as UTF-8 (two letters like "Ã©" mean nothing). */
const latin = new Set([100, 101, 109, 110, 148, 203])

/** Escape sequences after ESC, PS3.3 Tables C.12-3 and C.12-4; null in G0 is ASCII. */
const escapes: { bytes: string; slot: 'g0' | 'g1'; set: CodeElement | null; yen?: true }[] = [
  { bytes: '(B', slot: 'g0', set: null },
  { bytes: '(J', slot: 'g0', set: null, yen: true },
  { bytes: ')I', slot: 'g1', set: katakana },
  { bytes: '$B', slot: 'g0', set: jisX0208 },
  { bytes: '$@', slot: 'g0', set: jisX0208 },
  { bytes: '$(D', slot: 'g0', set: jisX0212 },
  { bytes: '$)C', slot: 'g1', set: ksX1001 },
  { bytes: '$)A', slot: 'g1', set: gb2312 },
  { bytes: '$(C', slot: 'g0', set: ksX1001 },
  { bytes: '$A', slot: 'g0', set: gb2312 },
  ...(
    [
      ['-A', 100],
      ['-B', 101],
      ['-C', 109],
      ['-D', 110],
      ['-F', 126],
      ['-G', 127],
      ['-H', 138],
      ['-L', 144],
      ['-M', 148],
      ['-T', 166],
      ['-b', 203],
    ] as const
  ).map(([bytes, registration]) => ({
    bytes,
    slot: 'g1' as const,
    set: g1ByRegistration.get(registration) ?? null,
  })),
]

type Repertoire = {
  /** Set when the whole value is in one multi-byte encoding without code extensions. */
  whole: string | null
  /** G1 at the start of each value; null when nothing is designated. */
  g1: CodeElement | null
  /** Characters 0x5C and 0x7E are ¥ and ‾ (JIS X 0201). */
  yen: boolean
  /** May be UTF-8 although declared otherwise. */
  mayBeUtf8: boolean
  /** First multi-byte set of the extensions, for writers that leave out the escape sequence. */
  extension: CodeElement | null
}

const repertoires = new Map<string, Repertoire>()
const repertoiresMax = 256

function repertoireOf(characterSet: readonly string[]): Repertoire {
  const key = characterSet.join('\\')
  const known = repertoires.get(key)
  if (known) return known
  if (repertoires.size >= repertoiresMax) repertoires.clear() // terms come from files: never grow without bound
  const made = makeRepertoire(characterSet)
  repertoires.set(key, made)
  return made
}

function makeRepertoire(characterSet: readonly string[]): Repertoire {
  const terms = characterSet.map(meaningOf)
  const [first = null] = terms
  const whole = terms.find((term) => typeof term === 'string') ?? null
  const registrations = terms.slice(1).filter((term) => typeof term === 'number')
  const extension = registrations
    .map((number) => g1ByRegistration.get(number))
    .find((set) => set?.bytesPerCharacter === 2)
  const g1 = typeof first === 'number' ? (g1ByRegistration.get(first) ?? null) : null
  return {
    whole,
    g1,
    yen: first === 13,
    mayBeUtf8: g1 === null || (typeof first === 'number' && latin.has(first)),
    extension: extension ?? null,
  }
}

/** Registration number, name of a whole encoding, or null for the default repertoire and for nonsense. */
function meaningOf(term: string): number | string | null {
  const plain = term.toUpperCase().replace(/[^A-Z0-9]/g, '')
  if (plain === 'GB18030') return 'gb18030'
  if (plain === 'GBK' || plain === 'GB2312') return 'gbk'
  if (plain === 'UTF8' || plain === 'UNICODE11UTF8') return 'utf-8'
  const registration = /^(?:ISO)?(?:2022)?(?:IR)?(\d{1,3})$/.exec(plain)?.[1]
  if (registration === '192') return 'utf-8'
  if (registration) return Number(registration)
  const part = /^(?:ISO)?8859(\d{1,2})$/.exec(plain)?.[1]
  const named = part ? byIso8859Part.get(Number(part)) : undefined
  if (named) return named
  return /^(?:LATIN1|WINDOWS1252|CP1252|ANSI)$/.test(plain) ? 100 : null
}

const byIso8859Part = new Map([
  [1, 100],
  [2, 101],
  [3, 109],
  [4, 110],
  [5, 144],
  [6, 127],
  [7, 126],
  [8, 138],
  [9, 148],
  [11, 166],
  [15, 203],
])

/**
 * Text of a value's bytes.
 *
 * @param bytes        the value as stored, padding included
 * @param characterSet values of Specific Character Set (0008,0005) in force; `[]` for the default repertoire
 * @param delimiters   characters besides control characters that end code extensions: `\` where values are
 *   separated by it, and `^` and `=` within person names (PS3.5 §6.1.2.5.3)
 */
export function decodeText(bytes: Uint8Array, characterSet: readonly string[], delimiters = '\\'): string {
  const repertoire = characterSet.length === 0 ? defaultRepertoire : repertoireOf(characterSet)
  if (isPlainAscii(bytes)) return yenWhereMeant(latin1(bytes), repertoire, delimiters)

  const { whole } = repertoire
  if (whole === 'utf-8') return validUtf8(bytes) ?? decode('windows-1252', bytes)
  if (whole) return decode(whole, bytes)
  if (bytes.includes(0x1b)) return decodeExtended(bytes, repertoire, delimiters)
  // Two bytes of Korean or Chinese without their escape sequence may look like UTF-8 of two; those scripts take three.
  if (repertoire.mayBeUtf8 && (!repertoire.extension || bytes.some((byte) => byte >= 0xe0))) {
    const text = validUtf8(bytes)
    if (text !== null) return text
  }
  const set = repertoire.g1 ?? repertoire.extension ?? single('windows-1252')
  return yenWhereMeant(decode(set.encoding, bytes), repertoire, delimiters)
}

const defaultRepertoire: Repertoire = { whole: null, g1: null, yen: false, mayBeUtf8: true, extension: null }

/** ISO 2022: runs of bytes, each in the sets that the escape sequences before it designate. */
function decodeExtended(bytes: Uint8Array, repertoire: Repertoire, delimiters: string): string {
  let text = ''
  let g0: CodeElement | null = null
  let g1 = repertoire.g1
  let yen = repertoire.yen
  let position = 0
  const ends = new Set([...delimiters].map((each) => each.charCodeAt(0)))

  while (position < bytes.length) {
    const byte = bytes[position] ?? 0
    if (byte === 0x1b) {
      const escape = escapes.find((each) => startsWith(bytes, position + 1, each.bytes))
      if (escape) {
        if (escape.slot === 'g0') {
          g0 = escape.set
          yen = escape.yen === true
        } else {
          g1 = escape.set
        }
      }
      position += 1 + (escape?.bytes.length ?? 0) // an unknown sequence loses its ESC alone
      continue
    }
    // PS3.5 §6.1.2.5.3: at a delimiter or a control character the sets of value 1 are back. Within a pair of
    // G0 no byte is a delimiter.
    if (byte < 0x20 || (g0 === null && ends.has(byte))) {
      text += String.fromCharCode(byte)
      g0 = null
      yen = repertoire.yen
      g1 = repertoire.g1 ?? g1 // where value 1 has none, writers rely on the last one staying
      position += 1
      continue
    }
    const isHigh = byte >= 0x80
    const set: CodeElement | null = isHigh ? (g1 ?? repertoire.extension) : g0
    let end = position + 1
    while (end < bytes.length) {
      const next = bytes[end] ?? 0
      if (next === 0x1b || next < 0x20 || next >= 0x80 !== isHigh) break
      if (set === null && !isHigh && ends.has(next)) break
      end += 1
    }
    text += decodeRun(bytes.subarray(position, end), set, isHigh, yen)
    position = end
  }
  return text
}

function decodeRun(run: Uint8Array, set: CodeElement | null, isHigh: boolean, yen: boolean): string {
  if (!set) {
    if (isHigh) return validUtf8(run) ?? decode('windows-1252', run)
    return yen ? romaji(latin1(run)) : latin1(run)
  }
  if (set.bytesPerCharacter === 1) return decode(set.encoding, run)
  const shifted: number[] = []
  for (let i = 0; i < run.length; i += 2) {
    const [first = 0, second] = run.subarray(i, i + 2)
    // A space within a 94×94 run is a writer's slip; alone it is a space in every set.
    if (first === 0x20 || second === undefined) {
      shifted.push(first)
      i -= 1
      continue
    }
    if (set.prefix !== undefined) shifted.push(set.prefix)
    shifted.push(first | 0x80, second | 0x80)
  }
  return decode(set.encoding, Uint8Array.from(shifted))
}

function yenWhereMeant(text: string, { yen }: Repertoire, delimiters: string): string {
  if (!yen) return text
  return delimiters.includes('\\') ? text.replaceAll('~', '‾') : romaji(text)
}

function romaji(text: string): string {
  return text.replaceAll('\\', '¥').replaceAll('~', '‾')
}

function startsWith(bytes: Uint8Array, position: number, expected: string): boolean {
  for (let i = 0; i < expected.length; i++) {
    if (bytes[position + i] !== expected.charCodeAt(i)) return false
  }
  return true
}

function isPlainAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte >= 0x80 || byte === 0x1b) return false
  }
  return true
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

const decoders = new Map<string, InstanceType<typeof TextDecoder>>()
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(encoding: string, bytes: Uint8Array): string {
  let decoder = decoders.get(encoding)
  if (!decoder) decoders.set(encoding, (decoder = new TextDecoder(encoding, { ignoreBOM: true })))
  return decoder.decode(bytes)
}

function validUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}
