import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  InvalidObjectState,
  ListObjectsV2Command,
  PutObjectCommand,
  RestoreObjectCommand,
  type GetObjectCommandOutput,
  type S3Client,
  type StorageClass,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { createAssertThere } from './assert-there.ts'
import type { BlobPlace, BlobStore, StorageTier, TierSupport } from './blob-store.ts'
import {
  inBucket,
  isAbsent,
  isExisting,
  isNotImplemented,
  isPastEnd,
  isRefusedRequest,
  isRestoring,
} from './in-bucket.ts'
import { ObjectArchived, ObjectStoreAway, ObjectStoreRefused, TierUnsupported } from './object-errors.ts'
import { assertObjectPath, assertObjectPathPrefix, isObjectPath } from './object-path.ts'
import { createRangeReader, totalBytesOf } from './read-ranges.ts'
import type { S3ColdClass } from './storage-url.ts'
import { uploadBody } from './upload-body.ts'

type Options = {
  client: S3Client
  bucket: string
  /** stands before every key: '' or a path ending in '/' */
  prefix: string
  /** storage class of what is cold; default GLACIER */
  coldClass?: S3ColdClass
  /** AWS itself, whose classes are known; of another server each class is tried before it is believed */
  isAmazon?: boolean
  /** a download that gives nothing for so long while we wait for it is broken off; default 30,000 */
  stallMsMax?: number
  /** names in one answer of a listing; default 1,000 */
  listPageMax?: number
}

/** One PutObject up to this size, above it a multipart upload. */
const wholeBytesMax = 8 * 1024 * 1024
/** The smallest that S3 takes, since the SDK holds each part twice while it joins it: 10,000 parts are 48 GiB. */
const partBytes = 5 * 1024 * 1024
/** One CopyObject takes no more. */
const copyBytesMax = 5 * 1024 ** 3
/** By Amazon's word, at the standard tier of retrieval. */
const recallHours = { GLACIER: 5, DEEP_ARCHIVE: 12, GLACIER_IR: 0 } as const

/** Parts under way at once: with what is being gathered and joined, an upload holds about 20 MiB. */
const partsAtOnce = 2

/**
 * Blobs as objects of an S3 bucket, at `{prefix}{path}`.
 *
 * Whether `ifAbsent` is free of races depends on the server: one that knows `If-None-Match` on PUT decides it alone;
 * others are asked by HEAD first, and of two puts at once the later stays.
 */
export function createS3Blobs({
  client,
  bucket,
  prefix,
  coldClass = 'GLACIER',
  isAmazon = false,
  stallMsMax = 30_000,
  listPageMax = 1_000,
}: Options): BlobStore {
  const at = (path: string) => {
    assertObjectPath(path)
    return { Bucket: bucket, Key: prefix + path }
  }

  /** Whether the server knows `If-None-Match` on PUT: learnt from its first refusal. */
  let conditionalPuts = true

  /** @returns whether the blob was created */
  async function putWhole(path: string, body: Buffer, ifAbsent: boolean): Promise<boolean> {
    const conditional = ifAbsent && conditionalPuts
    try {
      // A buffer's SHA-256 is part of the signature: the server refuses bytes that changed on the way.
      await client.send(
        new PutObjectCommand({ ...at(path), Body: body, ...(conditional && { IfNoneMatch: '*' }) }),
      )
      return true
    } catch (error) {
      if (conditional && isExisting(error)) return false
      if (!conditional || !isNotImplemented(error)) throw error
      conditionalPuts = false
      return putWhole(path, body, ifAbsent)
    }
  }

  /** @returns whether the blob was created */
  async function putInParts(
    path: string,
    body: AsyncIterable<Uint8Array>,
    ifAbsent: boolean,
  ): Promise<boolean> {
    const conditional = ifAbsent && conditionalPuts // goes out with the completing request alone
    const upload = new Upload({
      client,
      params: { ...at(path), Body: Readable.from(body), ...(conditional && { IfNoneMatch: '*' }) },
      partSize: partBytes,
      queueSize: partsAtOnce,
    })
    try {
      await upload.done()
      return true
    } catch (error) {
      if (conditional && isExisting(error)) return false
      throw error
    }
  }

  async function look(): Promise<void> {
    await inBucket(async () => {
      if ((await orAbsent(client.send(new HeadBucketCommand({ Bucket: bucket })))) === null) {
        throw new ObjectStoreRefused('the bucket does not exist')
      }
    })
  }
  const assertThere = createAssertThere(look)

  async function get(path: string, range: string | undefined): Promise<GetObjectCommandOutput> {
    return client.send(new GetObjectCommand({ ...at(path), Range: range }))
  }

  const read = createRangeReader({
    words: inBucket,
    stallMsMax,
    async ask(path, start, end) {
      const range =
        start === 0 && end === Infinity ? undefined : `bytes=${start}-${end === Infinity ? '' : end - 1}`
      const output = await orAbsent(orPastEnd(get(path, range)))
      if (output === null || output === 'past the end') return output
      const { Body: body, ContentLength: bytes = 0, ContentRange, ETag: version = '' } = output
      if (!(body instanceof Readable)) throw new ObjectStoreAway('the bucket answered without a body')
      return { body, bytes, totalBytes: totalBytesOf(ContentRange, bytes), version }
    },
  })

  const classes: Record<StorageTier, StorageClass> = { hot: 'STANDARD', warm: 'STANDARD_IA', cold: coldClass }

  const placeOf = async (path: string): Promise<BlobPlace | null> => {
    const output = await inBucket(() => orAbsent(client.send(new HeadObjectCommand(at(path)))))
    if (output !== null) return s3Place({ storageClass: output.StorageClass, restore: output.Restore })
    await assertThere()
    return null
  }

  /** Whether the server keeps an object in this class and says so, and how it is read then. */
  async function tryClass(StorageClass: StorageClass): Promise<TierSupport['cold']> {
    // not a name of ours, which has a tenant: no listing shows it
    const probe = { Bucket: bucket, Key: `${prefix}storage-class-${randomUUID()}` }
    try {
      await client.send(new PutObjectCommand({ ...probe, Body: Buffer.of(1), StorageClass }))
      const { StorageClass: kept } = await client.send(new HeadObjectCommand(probe))
      if (kept !== StorageClass) return null
      const { Body: body } = await client.send(new GetObjectCommand(probe))
      if (body instanceof Readable) body.destroy()
      return 'at-once'
    } catch (error) {
      if (error instanceof InvalidObjectState) return 'after-recall'
      if (isRefusedRequest(error)) return null
      throw error
    } finally {
      await client.send(new DeleteObjectCommand(probe)).catch(() => undefined)
    }
  }

  async function findTiers(): Promise<TierSupport> {
    const needsRecall = coldClass !== 'GLACIER_IR'
    const hours = recallHours[coldClass]
    if (isAmazon) return { warm: true, cold: needsRecall ? 'after-recall' : 'at-once', recallHours: hours }
    const [warm, cold] = [await tryClass(classes.warm), await tryClass(classes.cold)]
    return { warm: warm === 'at-once', cold, recallHours: cold === 'after-recall' ? hours : 0 }
  }
  let known: Promise<TierSupport> | null = null
  const tiers = (): Promise<TierSupport> => {
    known ??= inBucket(findTiers).catch((error: unknown) => {
      known = null
      throw error
    })
    return known
  }

  return {
    files: null,

    async put(path, body, { ifAbsent }) {
      if (ifAbsent && (await this.size(path)) !== null) return { created: false }

      const created = await uploadBody(body, wholeBytesMax, {
        whole: (bytes) => inBucket(() => putWhole(path, bytes, ifAbsent)),
        inParts: (rest) => inBucket(() => putInParts(path, rest, ifAbsent)),
      })
      return { created }
    },

    read,

    async size(path) {
      const output = await inBucket(() => orAbsent(client.send(new HeadObjectCommand(at(path)))))
      if (output !== null) return output.ContentLength ?? 0
      await assertThere() // HEAD has no body to tell a missing bucket by
      return null
    },

    async delete(path) {
      await inBucket(() => orAbsent(client.send(new DeleteObjectCommand(at(path)))))
    },

    async *list(pathPrefix) {
      assertObjectPathPrefix(pathPrefix)
      let token: string | undefined
      do {
        const page = await inBucket(() =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix + pathPrefix,
              ContinuationToken: token,
              MaxKeys: listPageMax,
            }),
          ),
        )
        for (const { Key: key = '' } of page.Contents ?? []) {
          const path = key.slice(prefix.length)
          if (isObjectPath(path)) yield path
        }
        token = page.NextContinuationToken
      } while (token !== undefined)
    },

    check: look,

    tiers,
    place: placeOf,

    async setTier(path, tier) {
      const output = await inBucket(() => orAbsent(client.send(new HeadObjectCommand(at(path)))))
      if (output === null) return false
      const place = s3Place({ storageClass: output.StorageClass, restore: output.Restore })
      if (place.tier === tier) return true
      if (place.read !== 'at-once') throw new ObjectArchived('the object lies in an archive')
      const has = await tiers()
      if (tier !== 'hot' && !has[tier]) throw new TierUnsupported('the server has no such storage class')
      if ((output.ContentLength ?? 0) > copyBytesMax) {
        throw new TierUnsupported('the object is too large to be copied by one request')
      }
      const copied = await inBucket(() =>
        orAbsent(
          client.send(
            new CopyObjectCommand({
              ...at(path),
              CopySource: `${bucket}/${prefix}${path}`,
              CopySourceIfMatch: output.ETag, // what is replaced meanwhile stays as it was put
              StorageClass: classes[tier],
              MetadataDirective: 'COPY',
            }),
          ),
        ),
      )
      return copied !== null
    },

    async recall(path, days) {
      const place = await placeOf(path)
      if (place === null) return null
      if (place.read === 'at-once') return 'at-hand'
      if (place.read === 'archived') {
        const asked = await inBucket(() =>
          orAbsent(
            client
              .send(
                new RestoreObjectCommand({
                  ...at(path),
                  RestoreRequest: { Days: days, GlacierJobParameters: { Tier: 'Standard' } },
                }),
              )
              .catch((error: unknown) => {
                if (!isRestoring(error)) throw error // somebody else asked at the same time
                return true
              }),
          ),
        )
        if (asked === null) return null
      }
      return (await placeOf(path))?.read === 'at-once' ? 'at-hand' : 'under-way'
    },
  }
}

/** What the server's words on an object say of its place. */
export function s3Place({
  storageClass,
  restore,
}: {
  storageClass: string | undefined // absent: STANDARD
  restore: string | undefined // ongoing-request="false", expiry-date="…": a copy of it can be read
}): BlobPlace {
  switch (storageClass) {
    case 'GLACIER':
    case 'DEEP_ARCHIVE': {
      if (restore === undefined) return { tier: 'cold', read: 'archived' }
      return { tier: 'cold', read: restore.includes('ongoing-request="true"') ? 'recalling' : 'at-once' }
    }
    case 'GLACIER_IR':
      return { tier: 'cold', read: 'at-once' }
    case 'STANDARD_IA':
    case 'ONEZONE_IA':
      return { tier: 'warm', read: 'at-once' }
    default:
      return { tier: 'hot', read: 'at-once' }
  }
}

async function orAbsent<T>(output: Promise<T>): Promise<T | null> {
  try {
    return await output
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

async function orPastEnd<T>(output: Promise<T>): Promise<T | 'past the end'> {
  try {
    return await output
  } catch (error) {
    if (isPastEnd(error)) return 'past the end'
    throw error
  }
}
