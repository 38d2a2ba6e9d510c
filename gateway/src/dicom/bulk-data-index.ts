/**
 * Where the bulk values of an instance lie in its file, by their path in the DICOM JSON. JSON-serialisable, and
 * kept beside it, so that a bulk data request reads a range and nothing else.
 */
export type BulkDataIndex = {
  /** Where the data set starts in the file; needed to inflate it. */
  start: number
  /** The data set is deflated: offsets count in the inflated bytes. */
  deflated: boolean
  /** By path: tags and item numbers (from 1) joined with `/`. */
  values: Record<string, BulkDataLocation>
}

type BulkDataLocation = {
  vr: string
  /** Position of the first byte; for encapsulated pixel data that of the first fragment's content. */
  offset: number
  /** Bytes of the value; for encapsulated pixel data of all fragments' contents together. */
  length: number
  /** The file holds units of so many bytes in the other byte order. */
  swapBytes?: 2 | 4 | 8
  /** Bytes of each fragment's content; between two lie 8 bytes of item header. */
  fragments?: number[]
}
