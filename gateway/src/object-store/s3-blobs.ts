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
import type { BlobPart, BlobRead, BlobStore } from './blob-store.ts'
import { downloadReader, type DownloadReader } from './download-reader.ts'
import { inBucket, isAbsent, isExisting, isNotImplemented, isPastEnd } from './in-bucket.ts'
import { InvalidObjectName, ObjectStoreAway, ObjectStoreRefused } from './object-errors.ts'
import { assertObjectPath, assertObjectPathPrefix } from './object-path.ts'

type Options = {
  client: S3Client
  bucket: string
  /** stands before every key: '' or a path ending in '/' */
  prefix: string
  /** a download that gives nothing for so long while we wait for it is broken off; default 30,000 */
  stallMsMax?: number
}

// One PutObject up to this size, above it a multipart upload in parts of it: at most 10,000 parts, 78 GiB.
const partBytes = 8 * 1024 * 1024
/** Parts under way at once: with what is being gathered, an upload holds about 32 MiB. */
const partsAtOnce = 2
const readAttemptsMax = 3

/**
 * Blobs as objects of an S3 bucket, at `{prefix}{path}`.
 *
 * Whether `ifAbsent` is free of races depends on the server: one that knows `If-None-Match` on PUT decides it alone;
 * others are asked by HEAD first, and of two puts at once the later stays.
 */
export function createS3Blobs({ client, bucket, prefix, stallMsMax = 30_000 }: Options): BlobStore {
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

  async function get(path: string, range?: string, ifMatch?: string): Promise<GetObjectCommandOutput> {
    return client.send(new GetObjectCommand({ ...at(path), Range: range, IfMatch: ifMatch }))
  }

  async function readOnce(path: string, part: BlobPart): Promise<BlobRead | 'replaced meanwhile' | null> {
    const { headBytes, start, end, pieceBytes } = part
    const until = end === Infinity ? '' : String(end - 1)

    if (start === headBytes) {
      const output = await orAbsent(orPastEnd(get(path, end === Infinity ? undefined : `bytes=0-${until}`)))
      if (output === null) return null
      if (output === 'past the end') return nothingStored
      const reader = openReader(output)
      const head = Buffer.from(await reader.take(headBytes))
      return { storedBytes: totalBytes(output), head, pieces: piecesOf(reader, pieceBytes) }
    }

    // Salt and chunks lie apart: both are asked for at once, and must be of one version.
    const [headResult, partResult] = await Promise.allSettled([
      orAbsent(orPastEnd(get(path, `bytes=0-${headBytes - 1}`))),
      orAbsent(orPastEnd(get(path, `bytes=${start}-${until}`))),
    ])
    const outputs = [headResult, partResult].map((result) =>
      result.status === 'fulfilled' && result.value !== null && result.value !== 'past the end'
        ? result.value
        : null,
    )
    const readers = outputs.map((output) => (output === null ? null : openReader(output)))
    const closeAll = () => readers.forEach((reader) => reader?.close())
    try {
      if (headResult.status === 'rejected') throw headResult.reason
      if (partResult.status === 'rejected') throw partResult.reason
      const [headOutput, partOutput] = outputs
      const [headReader, partReader] = readers
      if (headResult.value === null && partResult.value === null) return null
      if (headResult.value === 'past the end' && partResult.value === 'past the end') return nothingStored
      if (!headOutput || !headReader) {
        closeAll()
        return 'replaced meanwhile'
      }
      const head = Buffer.from(await headReader.take(headBytes))
      if (partResult.value === 'past the end')
        return { storedBytes: totalBytes(headOutput), head, pieces: noPieces }
      if (!partOutput || !partReader || partOutput.ETag !== headOutput.ETag) {
        closeAll()
        return 'replaced meanwhile'
      }
      return { storedBytes: totalBytes(partOutput), head, pieces: piecesOf(partReader, pieceBytes) }
    } catch (error) {
      closeAll()
      throw error
    }
  }

  const openReader = (output: GetObjectCommandOutput): DownloadReader => {
    if (!(output.Body instanceof Readable)) throw new ObjectStoreAway('the bucket answered without a body')
    return downloadReader(output.Body, output.ContentLength ?? 0, stallMsMax)
  }

  return {
    near: false,

    async put(path, body, { ifAbsent }) {
      if (ifAbsent && (await this.size(path)) !== null) return { created: false }

      // Errors of the body must come out as they are, whatever the upload makes of them.
      let bodyError: { error: unknown } | undefined
      const watched = watch(body, (error) => (bodyError = { error }))
      try {
        const { begun, rest } = await begin(watched, partBytes)
        const created = await inBucket(() =>
          rest === null
            ? putWhole(path, Buffer.concat(begun), ifAbsent)
            : putInParts(path, joined(begun, rest), ifAbsent),
        )
        return { created }
      } catch (error) {
        throw bodyError === undefined ? error : bodyError.error
      }
    },

    read: (path, part) =>
      inBucket(async () => {
        for (let attempt = 1; attempt <= readAttemptsMax; attempt += 1) {
          const read = await readOnce(path, part)
          if (read !== 'replaced meanwhile') return read
        }
        throw new ObjectStoreAway('the object is replaced faster than it can be read')
      }),

    async size(path) {
      const output = await inBucket(() => orAbsent(client.send(new HeadObjectCommand(at(path)))))
      return output === null ? null : (output.ContentLength ?? 0)
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
            }),
          ),
        )
        for (const { Key: key = '' } of page.Contents ?? []) {
          const path = key.slice(prefix.length)
          if (isOurs(path)) yield path
        }
        token = page.NextContinuationToken
      } while (token !== undefined)
    },

    async check() {
      await inBucket(async () => {
        if ((await orAbsent(client.send(new HeadBucketCommand({ Bucket: bucket })))) === null) {
          throw new ObjectStoreRefused('the bucket does not exist')
        }
      })
    },
  }
}

const noPieces = { next: async () => null, close: () => undefined }
/** An empty blob: no range of it can be satisfied. */
const nothingStored: BlobRead = { storedBytes: 0, head: Buffer.alloc(0), pieces: noPieces }

function piecesOf(reader: DownloadReader, pieceBytes: number) {
  return {
    next: () =>
      inBucket(async () => {
        const piece = await reader.take(pieceBytes)
        return piece.length === 0 ? null : piece
      }),
    close: () => reader.close(),
  }
}

/** Size of the whole object, by an answer that may hold a part of it. */
function totalBytes({ ContentRange: range, ContentLength: length }: GetObjectCommandOutput): number {
  if (range === undefined) return length ?? 0
  const total = Number(/^bytes \d+-\d+\/(\d+)$/.exec(range)?.[1])
  if (!Number.isSafeInteger(total))
    throw new ObjectStoreAway('the bucket answered with a range it does not explain')
  return total
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

/** Other programs' keys under our prefix are not ours to show. */
function isOurs(path: string): boolean {
  try {
    assertObjectPath(path)
    return true
  } catch (error) {
    if (error instanceof InvalidObjectName) return false
    throw error
  }
}

/** Tells errors that the body throws from errors that are thrown into it. */
async function* watch(
  body: AsyncIterable<Uint8Array>,
  onError: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        onError(error)
        throw error
      })
      if (next.done) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}

/** Gathers up to `bytesMax`; `rest` is null when the body ended within them. */
async function begin(
  body: AsyncGenerator<Uint8Array>,
  bytesMax: number,
): Promise<{ begun: Uint8Array[]; rest: AsyncGenerator<Uint8Array> | null }> {
  const begun: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const next = await body.next()
    if (next.done) return { begun, rest: null }
    begun.push(next.value)
    bytes += next.value.length
    if (bytes > bytesMax) return { begun, rest: body }
  }
}

async function* joined(begun: Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = begun.shift(); piece; piece = begun.shift()) yield piece // let go of each as it is sent
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}
