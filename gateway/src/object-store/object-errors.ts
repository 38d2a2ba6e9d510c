import type { ObjectName } from './object-store.ts'

/** Its message is made of our own words, codes and names that are ids: the log repeats it. Clients do not see it. */
class ForTheLog extends Error {
  readonly isForLog = true
}

/** The store cannot be reached, or broke off. Worth trying again later. */
export class ObjectStoreAway extends ForTheLog {
  override name = 'ObjectStoreAway'
}

/** The store answers, but will not have us: credentials, permission, bucket or folder are wrong. For the operator. */
export class ObjectStoreRefused extends ObjectStoreAway {} // `name` stays ObjectStoreAway: clients get the same answer

/** No room left. Nothing of the object that was being put is visible. */
export class ObjectStoreFull extends ForTheLog {
  override name = 'ObjectStoreFull'
}

/** What is stored under this name is not what was put there: damaged, cut, exchanged, or of another key. */
export class ObjectCorrupt extends ForTheLog {
  override name = 'ObjectCorrupt'
}

/** The object lies in an archive: it has to be recalled before it can be read. */
export class ObjectArchived extends Error {
  override name = 'ObjectArchived'
  /** those that somebody wanted to read */
  readonly objects: readonly ObjectName[]

  constructor(message: string, objects: readonly ObjectName[] = []) {
    super(message)
    this.objects = objects
  }
}

/** The store has no such class of storage, or takes this object into none other. */
export class TierUnsupported extends ForTheLog {
  override name = 'TierUnsupported'
}

/** The range starts at or past the end of the object. */
export class ObjectRangeUnsatisfiable extends Error {
  override name = 'ObjectRangeUnsatisfiable'
  readonly totalBytes: number

  constructor(totalBytes: number) {
    super(`range starts past the object's ${totalBytes} bytes`)
    this.totalBytes = totalBytes
  }
}

/** A name that could leave its folder or that some store could not hold: a mistake of ours, never of the store. */
export class InvalidObjectName extends Error {
  override name = 'InvalidObjectName'
}

/** The configuration of the store cannot be used as it stands. The message names the part, never its value. */
export class StorageMisconfigured extends ForTheLog {
  override name = 'StorageMisconfigured'
}

/** The bucket lies outside the allowed region and no recorded decision allows it. */
export class StorageResidencyRefused extends ForTheLog {
  override name = 'StorageResidencyRefused'
}

/** A key is absent, malformed, or not the one that wrapped what it should unwrap. Never holds key material. */
export class KeyUnusable extends ForTheLog {
  override name = 'KeyUnusable'
}

/**
 * The key service that holds the master key cannot be reached, or broke off. Worth trying again later; for what is
 * stored it is the same as the object store being away.
 */
export class KeyServiceAway extends ObjectStoreAway {
  override name = 'KeyServiceAway'
}

/** The key service answers, but will not have us, or has no such key: for the operator. */
export class KeyServiceRefused extends KeyServiceAway {} // `name` stays KeyServiceAway: clients get the same answer
