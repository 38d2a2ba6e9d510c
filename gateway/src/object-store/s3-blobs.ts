import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { Readable } from 'node:stream'
import { createAssertThere } from './assert-there.ts'
import type { BlobStore } from './blob-store.ts'
import { inBucket, isAbsent, isExisting, isNotImplemented, isPastEnd } from './in-bucket.ts'
import { ObjectStoreAway, ObjectStoreRefused } from './object-errors.ts'
import { assertObjectPath, assertObjectPathPrefix, isObjectPath } from './object-path.ts'
import { createRangeReader, totalBytesOf } from './read-ranges.ts'
import { uploadBody } from './upload-body.ts'

type Options = {
  client: S3Client
  bucket: string
  /** stands before every key: '' or a path ending in '/' */
  prefix: string
  /** a download that gives nothing for so long while we wait for it is broken off; default 30,000 */
  stallMsMax?: number
  /** names in one answer of a listing; default 1,000 */
  listPageMax?: number
}

// One PutObject up to this size, above it a multipart upload in parts of it: at most 10,000 parts, 78 GiB.
const partBytes = 8 * 1024 * 1024
/** Parts under way at once: with what is being gathered, an upload holds about 32 MiB. */
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

  return {
    near: false,

    async put(path, body, { ifAbsent }) {
      if (ifAbsent && (await this.size(path)) !== null) return { created: false }

      const created = await uploadBody(body, partBytes, {
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
