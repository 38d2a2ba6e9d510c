import type { Readable } from 'node:stream'
import type { BlobPart, BlobRead } from './blob-store.ts'
import { downloadReader, type DownloadReader } from './download-reader.ts'
import { ObjectStoreAway } from './object-errors.ts'

/** A server's answer to a question for a range of a blob. */
export type RangeAnswer = {
  body: Readable
  bytes: number // that the body will give
  totalBytes: number // of the whole blob
  version: string // another one after each put: ETag or generation
}

type Options = {
  /**
   * Asks for bytes `start` to `end`, `end` not included, `Infinity` for the rest; null when the blob is absent,
   * `past the end` when it is shorter than `start` or empty.
   */
  ask(path: string, start: number, end: number): Promise<RangeAnswer | 'past the end' | null>
  /** runs a request and says in the port's words what went wrong */
  words<T>(work: () => Promise<T>): Promise<T>
  /** a download that gives nothing for so long while we wait for it is broken off */
  stallMsMax: number
}

const readAttemptsMax = 3

/** Reads blobs of a server by ranges: head and pieces of one version, whatever replaces it meanwhile. */
export function createRangeReader({ ask, words, stallMsMax }: Options) {
  const readerOf = ({ body, bytes }: RangeAnswer) => downloadReader(body, bytes, stallMsMax)
  const piecesOf = (reader: DownloadReader, pieceBytes: number) => ({
    next: () =>
      words(async () => {
        const piece = await reader.take(pieceBytes)
        return piece.length === 0 ? null : piece
      }),
    close: () => reader.close(),
  })

  async function readOnce(path: string, part: BlobPart): Promise<BlobRead | 'replaced meanwhile' | null> {
    const { headBytes, start, end, pieceBytes } = part
    if (start === headBytes) {
      const answer = await ask(path, 0, end)
      if (answer === null) return null
      if (answer === 'past the end') return nothingStored
      const reader = readerOf(answer)
      const head = Buffer.from(await reader.take(headBytes))
      return { storedBytes: answer.totalBytes, head, pieces: piecesOf(reader, pieceBytes) }
    }

    // Salt and chunks lie apart: both are asked for at once, and must be of one version.
    const [headResult, partResult] = await Promise.allSettled([
      ask(path, 0, headBytes),
      ask(path, start, end),
    ])
    const answers = [headResult, partResult].map((result) =>
      result.status === 'fulfilled' && result.value !== null && result.value !== 'past the end'
        ? result.value
        : null,
    )
    const readers = answers.map((answer) => (answer === null ? null : readerOf(answer)))
    const closeAll = () => readers.forEach((reader) => reader?.close())
    try {
      if (headResult.status === 'rejected') throw headResult.reason
      if (partResult.status === 'rejected') throw partResult.reason
      const [headAnswer, partAnswer] = answers
      const [headReader, partReader] = readers
      if (headResult.value === null && partResult.value === null) return null
      if (headResult.value === 'past the end' && partResult.value === 'past the end') return nothingStored
      if (!headAnswer || !headReader) {
        closeAll()
        return 'replaced meanwhile'
      }
      const head = Buffer.from(await headReader.take(headBytes))
      if (partResult.value === 'past the end') {
        return { storedBytes: headAnswer.totalBytes, head, pieces: noPieces }
      }
      if (!partAnswer || !partReader || partAnswer.version !== headAnswer.version) {
        closeAll()
        return 'replaced meanwhile'
      }
      return { storedBytes: partAnswer.totalBytes, head, pieces: piecesOf(partReader, pieceBytes) }
    } catch (error) {
      closeAll()
      throw error
    }
  }

  return (path: string, part: BlobPart): Promise<BlobRead | null> =>
    words(async () => {
      for (let attempt = 1; attempt <= readAttemptsMax; attempt += 1) {
        const read = await readOnce(path, part)
        if (read !== 'replaced meanwhile') return read
      }
      throw new ObjectStoreAway('the object is replaced faster than it can be read')
    })
}

const noPieces = { next: async () => null, close: () => undefined }
/** An empty blob: no range of it can be satisfied. */
const nothingStored: BlobRead = { storedBytes: 0, head: Buffer.alloc(0), pieces: noPieces }

/** Size of the whole blob by a `Content-Range` header, or by the length of an answer without one. */
export function totalBytesOf(contentRange: string | undefined, contentLength: number | undefined): number {
  if (contentRange === undefined) return contentLength ?? 0
  const total = Number(/^bytes \d+-\d+\/(\d+)$/.exec(contentRange)?.[1])
  if (!Number.isSafeInteger(total)) {
    throw new ObjectStoreAway('the server answered with a range it does not explain')
  }
  return total
}
