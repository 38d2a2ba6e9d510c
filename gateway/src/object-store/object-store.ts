import type { Readable } from 'node:stream'
import type { BlobPlace, StorageTier, TierSupport } from './blob-store.ts'
import type { LentPart } from './lent-part.ts'

/**
 * One object of one tenant. `name` is a path such as `originals/{instanceId}` or
 * `renditions/{instanceId}/{frame}/{size}.webp`; see `object-path.ts` for what a name may hold.
 */
export type ObjectName = { tenantId: string; name: string }

/** Bytes `start` to `end`, both included, counted from 0 in the plain (decrypted) object. */
export type ByteRange = { start: number; end: number }

export type PutOptions = {
  /** Keep what is there already: the body is then left unread and closed. Default: replace, atomically. */
  ifAbsent?: boolean
  /**
   * Whether the bytes survive a power cut once `put` resolves. Default true. False is for what can be made again
   * (renditions): many times faster on a disk; after a power cut such an object may be absent or `ObjectCorrupt`.
   */
  durable?: boolean
  /**
   * Nobody asks for the name before `put` resolves, nor has put anything there. A file has it then before its bytes
   * are on disk, which spares the disk a commit: after a power cut until then it may be there and `ObjectCorrupt`. Default false.
   */
  isNew?: boolean
}

/**
 * Encrypted storage of whole objects.
 *
 * Every method throws `ObjectStoreAway` when the store cannot be reached or refuses us (`ObjectStoreRefused`), and
 * `InvalidObjectName` for a name outside the rules of `object-path.ts`.
 */
export type ObjectStore = {
  /** Objects lie on this machine: to read one is not slower than to ask another server for the same bytes. */
  readonly near: boolean
  /** In which folders of this machine, where they are `near`. */
  readonly folders: readonly string[]

  /**
   * Stores the body; a half-written object is never visible, whatever fails. Errors of `body` are thrown as they
   * are. The body is always read to its end or closed.
   *
   * @returns `bytes`: the plain size of what the store holds now; `created`: false when `ifAbsent` found an object
   * @throws {ObjectStoreFull} when there is no room
   */
  put(
    object: ObjectName,
    body: AsyncIterable<Uint8Array>,
    options?: PutOptions,
  ): Promise<{ bytes: number; created: boolean }>

  /**
   * Plain bytes of an object, whole or a range (an `end` past the object is cut to it); null when absent.
   *
   * The first chunk is authenticated before this resolves, the others as they are read: an error on the stream
   * (`ObjectCorrupt`, `ObjectStoreAway`) means that what came so far was right and the rest is missing. Destroy the
   * stream when it is not read to its end.
   *
   * @returns `bytes` the stream will give, `totalBytes` of the object
   * @throws {ObjectArchived} when it has to be recalled first
   * @throws {ObjectCorrupt} when what is stored is not what was put under this name
   * @throws {ObjectRangeUnsatisfiable} when the range starts past the end
   */
  get(
    object: ObjectName,
    range?: ByteRange,
  ): Promise<{ bytes: number; totalBytes: number; stream: Readable } | null>

  /**
   * As `get`, for a range that the caller has bounded, or an object that is known to be small, wanted in memory: all of it
   * authenticated, in one buffer.
   *
   * @returns the bytes of the range, or all; null when the object is absent
   * @throws as `get`
   */
  getBytes(object: ObjectName, range?: ByteRange): Promise<Buffer | null>

  /** As `getBytes`, in the pieces that it was sealed in, each in memory of its own: without another copy. */
  getPieces(object: ObjectName, range?: ByteRange): Promise<Buffer[] | null>

  /**
   * What another process of this machine needs to read a range for itself, by `readLent`, and nothing beyond this
   * object. Null where the object is absent or does not lie on this machine.
   *
   * @throws {ObjectCorrupt} where its beginning or its size shows it
   */
  lend(object: ObjectName, range: ByteRange): Promise<LentPart | null>

  /** Plain size as told by the stored size alone: nothing is decrypted. Null when absent. */
  head(object: ObjectName): Promise<{ bytes: number } | null>

  /** Removes an object; an absent one is no error. */
  delete(object: ObjectName): Promise<void>

  /** Names of a tenant's objects that begin with `prefix` ('' for all), in no particular order. */
  list(tenantId: string, prefix: string): AsyncIterable<string>

  /** Which tiers the store really has. */
  tiers(): Promise<TierSupport>

  /** Where an object lies and whether `get` gives it; null when absent. */
  place(object: ObjectName): Promise<BlobPlace | null>

  /**
   * Moves an object; every put makes a hot one. @returns false when absent
   * @throws {TierUnsupported} the store has no such tier, or not for this object
   * @throws {ObjectArchived} on its way up, before a recall is through
   */
  setTier(object: ObjectName, tier: StorageTier): Promise<boolean>

  /**
   * Has an archived object made readable, for so many days at least. Safe to repeat.
   * @returns null when absent; `at-hand`: it is readable now
   */
  recall(object: ObjectName, days: number): Promise<'at-hand' | 'under-way' | null>

  /** Throws when the store is away, refuses us, or cannot be written to. For `/readyz`. */
  check(): Promise<void>
}
