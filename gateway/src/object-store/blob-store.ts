import type { Residency } from './residency.ts'

/** Classes of storage, dearest and quickest first. */
export type StorageTier = 'hot' | 'warm' | 'cold'

/** Which tiers beside `hot` a store really has: one that cannot tell them apart says so. */
export type TierSupport = {
  /** cheaper, and read at once */
  warm: boolean
  /** the cheapest, and how it is read; null: there is none */
  cold: 'at-once' | 'after-recall' | null
  /** the longest that a recall takes by the store's own word; 0 where none is needed */
  recallHours: number
}

export type BlobPlace = {
  tier: StorageTier
  /** `archived`: a read throws `ObjectArchived` until a recall is through; `recalling`: one is under way */
  read: 'at-once' | 'archived' | 'recalling'
}

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

export type BlobFiles = {
  /** All blobs lie below these. */
  readonly folders: readonly string[]
  /** Its first bytes, and which file it is for another process to read. Null when absent. */
  find(path: string, headBytes: number): Promise<{ file: string; storedBytes: number; head: Buffer } | null>
}

/**
 * Raw bytes under a path: files or a bucket. Knows nothing of encryption.
 *
 * Paths are those of `object-path.ts`. Errors are `ObjectStoreAway`, `ObjectStoreFull` and, for a path outside the
 * rules, `InvalidObjectName`.
 */
export type BlobStore = {
  /** Where each blob is a file of this machine, so that reading costs no way over a network; else null. */
  readonly files: BlobFiles | null
  /**
   * Stores all of `body` or nothing. Errors thrown by `body` come out as they are.
   * @throws {ObjectArchived} where the store does not replace what it has archived (Azure)
   */
  put(
    path: string,
    body: AsyncIterable<Uint8Array>,
    options: { ifAbsent: boolean; durable: boolean; isNew?: boolean },
  ): Promise<{ created: boolean }>
  /**
   * Null when absent. Head and pieces are of one version of the blob, even when it is replaced meanwhile.
   * @throws {ObjectArchived}
   */
  read(path: string, part: BlobPart): Promise<BlobRead | null>
  /** Stored bytes, null when absent. */
  size(path: string): Promise<number | null>
  delete(path: string): Promise<void>
  list(prefix: string): AsyncIterable<string>
  check(): Promise<void>

  /** What `setTier` can do here; asked of the server where only it knows, and remembered. */
  tiers(): Promise<TierSupport>
  /** Where a blob lies and whether a read gives it; null when absent. */
  place(path: string): Promise<BlobPlace | null>
  /**
   * Moves a blob, whose bytes stay the same. Every put makes a hot one.
   *
   * @returns false when absent
   * @throws {TierUnsupported} this store has no such tier, or not for this blob
   * @throws {ObjectArchived} on its way up, before a recall is through
   */
  setTier(path: string, tier: StorageTier): Promise<boolean>
  /**
   * Has an archived blob made readable, for so many days at least. Safe to repeat.
   *
   * @returns null when absent; `at-hand`: it is readable now
   */
  recall(path: string, days: number): Promise<'at-hand' | 'under-way' | null>
}

export type FileBlobs = BlobStore & { readonly files: BlobFiles }

export type OpenedBlobs = {
  blobs: BlobStore
  /** null for files, which lie where the operator put them */
  residency: Residency | null
  /** ends idle connections, so that the process can end */
  close(): void
}
