/** What a VR means for reading, PS3.5 §6.2 and §7.1.2. */
export type ValueRepresentation = {
  vr: string
  /** 32-bit length after two reserved bytes in Explicit VR. */
  longLength: boolean
  kind: 'text' | 'numbers' | 'binary' | 'sequence'
  /** Bytes that change order between byte orders together; 1 for none. */
  unitBytes: 1 | 2 | 4 | 8
  /** Affected by Specific Character Set (0008,0005), PS3.5 §6.1.2.3. */
  characterSet: boolean
  /** A backslash separates values. */
  multiple: boolean
}

const text = { longLength: false, kind: 'text', unitBytes: 1, characterSet: false, multiple: true } as const
const words = {
  longLength: true,
  kind: 'binary',
  unitBytes: 1,
  characterSet: false,
  multiple: false,
} as const
const numbers = {
  longLength: false,
  kind: 'numbers',
  unitBytes: 2,
  characterSet: false,
  multiple: false,
} as const

const all: ValueRepresentation[] = [
  { ...text, vr: 'AE' },
  { ...text, vr: 'AS' },
  { ...numbers, vr: 'AT', unitBytes: 2 },
  { ...text, vr: 'CS' },
  { ...text, vr: 'DA' },
  { ...text, vr: 'DS' },
  { ...text, vr: 'DT' },
  { ...numbers, vr: 'FD', unitBytes: 8 },
  { ...numbers, vr: 'FL', unitBytes: 4 },
  { ...text, vr: 'IS' },
  { ...text, vr: 'LO', characterSet: true },
  { ...text, vr: 'LT', characterSet: true, multiple: false },
  { ...words, vr: 'OB' },
  { ...words, vr: 'OD', unitBytes: 8 },
  { ...words, vr: 'OF', unitBytes: 4 },
  { ...words, vr: 'OL', unitBytes: 4 },
  { ...words, vr: 'OV', unitBytes: 8 },
  { ...words, vr: 'OW', unitBytes: 2 },
  { ...text, vr: 'PN', characterSet: true },
  { ...text, vr: 'SH', characterSet: true },
  { ...numbers, vr: 'SL', unitBytes: 4 },
  { ...words, vr: 'SQ', kind: 'sequence' },
  { ...numbers, vr: 'SS' },
  { ...text, vr: 'ST', characterSet: true, multiple: false },
  { ...numbers, vr: 'SV', unitBytes: 8, longLength: true },
  { ...text, vr: 'TM' },
  { ...text, vr: 'UC', longLength: true, characterSet: true },
  { ...text, vr: 'UI' },
  { ...numbers, vr: 'UL', unitBytes: 4 },
  { ...words, vr: 'UN' },
  { ...text, vr: 'UR', longLength: true, multiple: false },
  { ...numbers, vr: 'US' },
  { ...text, vr: 'UT', longLength: true, characterSet: true, multiple: false },
  { ...numbers, vr: 'UV', unitBytes: 8, longLength: true },
]

const byName = new Map(all.map((each) => [each.vr, each]))
const byCode = new Map(all.map((each) => [vrCode(each.vr.charCodeAt(0), each.vr.charCodeAt(1)), each]))
const unknown: ValueRepresentation = { ...words, vr: 'UN' }

function vrCode(first: number, second: number): number {
  return first * 256 + second
}

/** Facts of a VR by its two letters; those of UN when there is no such VR. */
export function representationOf(vr: string): ValueRepresentation {
  return byName.get(vr) ?? unknown
}

/** Facts of a VR by its two bytes in the file; null when there is no such VR. */
export function representationOfBytes(first: number, second: number): ValueRepresentation | null {
  return byCode.get(vrCode(first, second)) ?? null
}

/** Numbers whose value a BulkDataURI may stand for when there are very many, PS3.18 F.2.2: all but AT. */
export function mayBeBulkNumbers({ vr, kind }: ValueRepresentation): boolean {
  return (kind === 'numbers' && vr !== 'AT') || vr === 'DS' || vr === 'IS'
}
