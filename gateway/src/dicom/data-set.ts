/** Eight uppercase hexadecimal digits: group and element, as DICOM JSON writes a tag, e.g. `00100010`. */
export type Tag = string

/**
 * A data set or a sequence item as read from a file.
 *
 * A Map and not an object: tags like `60003000` look like array indices, and objects would list them first.
 */
export type DataSet = {
  /** In ascending order of tags. When a file repeats a tag the first one counts, as DCMTK has it. */
  elements: Map<Tag, Element>
  /** Specific Character Set (0008,0005) in force here, inherited into items; `[]` is the default repertoire. */
  characterSet: readonly string[]
  /** Byte order of the binary values below. */
  bigEndian: boolean
}

/** One element. Exactly one of `value`, `items` and `fragments` is set, or none when the value was only located. */
export type Element = {
  tag: Tag
  /** Two letters, as in the file or, for Implicit VR and UN with a known tag, of the dictionary; else `UN`. */
  vr: string
  /** Position of the value in the data set's bytes (see `DataSetEncoding`), in bytes. */
  offset: number
  /** Bytes of the value as stored; -1 for a sequence or fragments. */
  length: number
  /** The value's bytes as stored, or null for a sequence, fragments, and values above `inlineBytesMax`. */
  value: Uint8Array | null
  /** Items of a sequence. */
  items: DataSet[] | null
  /** Encapsulated pixel data, PS3.5 Annex A.4. */
  fragments: Fragments | null
}

/**
 * Fragments of encapsulated pixel data. They follow each other with 8 bytes of item header between,
 * so positions follow from the first position and the lengths.
 */
export type Fragments = {
  /** Basic Offset Table, in bytes from the first fragment's item header; empty when absent. */
  basicOffsetTable: readonly number[]
  /** Position of the first fragment's first content byte. */
  offset: number
  /** Bytes of each fragment's content. */
  lengths: readonly number[]
}

/** How the data set lies in the file. */
export type DataSetEncoding = {
  transferSyntaxUid: string
  explicitVr: boolean
  bigEndian: boolean
  /** Where the data set starts, in bytes of the file. */
  start: number
  /**
   * True for Deflated Explicit VR Little Endian: all offsets then count in the inflated data set (which starts
   * at 0), else in the file.
   */
  deflated: boolean
}

/** The four UIDs that make an instance, each valid by PS3.5 §9.1. */
export type Identifiers = {
  studyInstanceUid: string
  seriesInstanceUid: string
  sopInstanceUid: string
  sopClassUid: string
}

/** What `parseInstance` knows of a file. Values above the limits were not read, only located. */
export type ParsedInstance = {
  identifiers: Identifiers
  encoding: DataSetEncoding
  /** Group 0002; empty when the file has none. */
  fileMeta: DataSet
  attributes: DataSet
  /** Pixel Data, Float Pixel Data or Double Float Pixel Data of the top level. */
  pixelData: Element | null
  /** Longest value of OB OD OF OL OV OW UN that stays inline, in bytes; longer ones are bulk data. */
  inlineBytesMax: number
  /** Longest array of numbers (DS FL FD IS SL SS SV UL US UV) that stays inline, in bytes. */
  numbersBytesMax: number
  /** Pixel Data alone is big endian (GE's private transfer syntax). */
  bigEndianPixels: boolean
}
