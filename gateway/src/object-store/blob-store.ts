import type { Residency } from './residency.ts'

/** What to read of a blob. Positions are stored bytes. */
export type BlobPart = {
  /** so many bytes from the blob's beginning are wanted as well */
  headBytes: number
  /** first byte wanted; at least `headBytes` */
  start: number
  /** one past the last byte wanted; `Infinity` for the rest of the blob */
  end: number
  /** size of the pieces to hand out; only the last may be shorter */
  pieceBytes: number
}

/** The pieces of a part, pulled one at a time. */
export type BlobPieces = {
  /** The next piece, null after the last. Its memory is used again by the next call: finish with it first. */
  next(): Promise<Buffer | null>
  /** Gives back file and connection; safe to call twice, needed unless `next` gave null or threw. */
  close(): void
}

export type BlobRead = {
  storedBytes: number // size of the whole blob
  head: Buffer // the first `headBytes`, or fewer when the blob is shorter
  pieces: BlobPieces
}

/**
 * Raw bytes under a path: files or a bucket. Knows nothing of encryption.
 *
 * Paths are those of `object-path.ts`. Errors are `ObjectStoreAway`, `ObjectStoreFull` and, for a path outside the
 * rules, `InvalidObjectName`.
 */
export type BlobStore = {
  /** Reading costs no way over a network: a file of this machine. */
  near: boolean
  /** Stores all of `body` or nothing. Errors thrown by `body` come out as they are. */
  put(
    path: string,
    body: AsyncIterable<Uint8Array>,
    options: { ifAbsent: boolean; durable: boolean },
  ): Promise<{ created: boolean }>
  /** Null when absent. Head and pieces are of one version of the blob, even when it is replaced meanwhile. */
  read(path: string, part: BlobPart): Promise<BlobRead | null>
  /** Stored bytes, null when absent. */
  size(path: string): Promise<number | null>
  delete(path: string): Promise<void>
  list(prefix: string): AsyncIterable<string>
  check(): Promise<void>
}

export type OpenedBlobs = {
  blobs: BlobStore
  /** null for files, which lie where the operator put them */
  residency: Residency | null
  /** ends idle connections, so that the process can end */
  close(): void
}
