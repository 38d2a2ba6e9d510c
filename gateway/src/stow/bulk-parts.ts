import { fileSource, type ByteSource, type OpenByteSource } from '../dicom/byte-source.ts'
import type { BulkPlace } from '../dicom/from-dicom-json.ts'
import type { MediaType } from '../dicom/multipart/media-types.ts'
import type { SpooledFile } from '../originals/spool-file.ts'

/** Bulk data parts that came under one Content-Location, in their order: fragments or frames of one value. */
export type BulkParts = { files: SpooledFile[]; contentType: MediaType | null }

const itemHeaderBytes = 8

/**
 * The bulk values of one instance, laid out one behind the other as if they were one file, for `writeInstance`.
 * Dispose of it when the instance is written.
 */
export function layOutBulk(parts: ReadonlyMap<string, BulkParts>): {
  source: ByteSource
  /** @param encapsulated a part is a fragment each, else they are one stretch */
  place(uri: string, encapsulated: boolean): BulkPlace | null
} & AsyncDisposable {
  const segments: { start: number; file: SpooledFile; opened: Promise<OpenByteSource> | null }[] = []
  let end = 0
  const add = (file: SpooledFile) => {
    segments.push({ start: end, file, opened: null })
    end += file.bytes
  }

  return {
    place(uri, encapsulated) {
      const found = parts.get(uri)
      if (!found) return null
      const offset = end
      for (const file of found.files) {
        add(file)
        if (encapsulated) end += itemHeaderBytes // where an item header lies between fragments of a real file
      }
      const lengths = found.files.map(({ bytes }) => bytes)
      return encapsulated
        ? { fragments: { offset, lengths } }
        : { offset, length: lengths.reduce((sum, each) => sum + each, 0) }
    },
    source: {
      get bytes() {
        return end
      },
      async read(start, until) {
        const chunks: Uint8Array[] = []
        for (const segment of segments) {
          const [from, to] = [
            Math.max(start, segment.start),
            Math.min(until, segment.start + segment.file.bytes),
          ]
          if (to <= from) continue
          segment.opened ??= fileSource(segment.file.path)
          const opened = await segment.opened
          chunks.push(await opened.read(from - segment.start, to - segment.start))
        }
        return Buffer.concat(chunks)
      },
    },
    async [Symbol.asyncDispose]() {
      for (const { opened } of segments) await opened?.then((source) => source.close())
    },
  }
}
