import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BlobClient, ContainerClient } from '@azure/storage-blob'
import type { BlobStore } from './blob-store.ts'
import { inContainer, isAbsentBlob, isExistingBlob, isPastBlobEnd } from './in-container.ts'
import { ObjectStoreAway } from './object-errors.ts'
import { assertObjectPath, assertObjectPathPrefix, isObjectPath } from './object-path.ts'
import { createRangeReader, totalBytesOf } from './read-ranges.ts'
import { inBlocks, uploadBody } from './upload-body.ts'

type Options = {
  container: ContainerClient
  /** stands before every name: '' or a path ending in '/' */
  prefix: string
  /** a download that gives nothing for so long while we wait for it is broken off; default 30,000 */
  stallMsMax?: number
  /** names in one answer of a listing; default 1,000 */
  listPageMax?: number
}

// One Put Blob up to this size, above it blocks of it: at most 50,000, 390 GiB.
const blockBytes = 8 * 1024 * 1024
/** Blocks under way at once: with what is being gathered, an upload holds about 32 MiB. */
const blocksAtOnce = 2
const answerMsMax = 60_000

/**
 * Blobs as block blobs of an Azure container, at `{prefix}{path}`.
 *
 * Blocks that were never committed show nowhere and are dropped by Azure within a week.
 */
export function createAzureBlobs({
  container,
  prefix,
  stallMsMax = 30_000,
  listPageMax = 1_000,
}: Options): BlobStore {
  const at = (path: string) => {
    assertObjectPath(path)
    return container.getBlockBlobClient(prefix + path)
  }
  const conditionsOf = (ifAbsent: boolean) => (ifAbsent ? { conditions: { ifNoneMatch: '*' } } : {})

  /** @returns whether the blob was created */
  async function putInBlocks(
    path: string,
    body: AsyncIterable<Uint8Array>,
    ifAbsent: boolean,
  ): Promise<boolean> {
    const blob = at(path)
    const ids: string[] = []
    const underWay = new Set<Promise<unknown>>()
    // Two uploads of one name at once must not take each other's blocks for theirs.
    const upload = randomUUID()
    try {
      for await (const block of inBlocks(body, blockBytes)) {
        const id = Buffer.from(`${upload}-${String(ids.length).padStart(6, '0')}`).toString('base64')
        ids.push(id)
        if (underWay.size >= blocksAtOnce) await Promise.race(underWay)
        const staged = withAnswerInTime((abortSignal) =>
          blob.stageBlock(id, block, block.length, { transactionalContentMD5: md5Of(block), abortSignal }),
        )
        underWay.add(staged)
        staged.then(
          () => underWay.delete(staged),
          () => undefined, // stays, so that the race or the wait below throws it
        )
      }
      await Promise.all(underWay)
    } catch (error) {
      await Promise.allSettled(underWay)
      throw error
    }
    return unlessExisting(
      withAnswerInTime((abortSignal) =>
        blob.commitBlockList(ids, { ...conditionsOf(ifAbsent), abortSignal }),
      ),
    )
  }

  return {
    near: false,

    async put(path, body, { ifAbsent }) {
      if (ifAbsent && (await this.size(path)) !== null) return { created: false }
      const created = await uploadBody(body, blockBytes, {
        whole: (bytes) =>
          inContainer(() =>
            unlessExisting(
              withAnswerInTime((abortSignal) =>
                at(path).upload(bytes, bytes.length, {
                  ...conditionsOf(ifAbsent),
                  // Azure compares: it refuses bytes that changed on the way
                  blobHTTPHeaders: { blobContentMD5: md5Of(bytes) },
                  abortSignal,
                }),
              ),
            ),
          ),
        inParts: (rest) => inContainer(() => putInBlocks(path, rest, ifAbsent)),
      })
      return { created }
    },

    read: createRangeReader({
      words: inContainer,
      stallMsMax,
      async ask(path, start, end) {
        const answer = await found(download(at(path), start, end))
        if (answer === null || answer === 'past the end') return answer
        const { readableStreamBody: body, contentLength: bytes = 0, contentRange, etag = '' } = answer
        if (!(body instanceof Readable)) throw new ObjectStoreAway('the container answered without a body')
        return { body, bytes, totalBytes: totalBytesOf(contentRange, bytes), version: etag }
      },
    }),

    async size(path) {
      const properties = await inContainer(() =>
        found(withAnswerInTime((abortSignal) => at(path).getProperties({ abortSignal }))),
      )
      return properties === null || properties === 'past the end' ? null : (properties.contentLength ?? 0)
    },

    async delete(path) {
      await inContainer(() =>
        found(
          withAnswerInTime((abortSignal) => at(path).delete({ deleteSnapshots: 'include', abortSignal })),
        ),
      )
    },

    async *list(pathPrefix) {
      assertObjectPathPrefix(pathPrefix)
      const pages = container
        .listBlobsFlat({ prefix: prefix + pathPrefix })
        .byPage({ maxPageSize: listPageMax })
      for (;;) {
        const page = await inContainer(() => pages.next())
        if (page.done) return
        for (const { name } of page.value.segment.blobItems) {
          const path = name.slice(prefix.length)
          if (isObjectPath(path)) yield path
        }
      }
    },

    async check() {
      await inContainer(() => withAnswerInTime((abortSignal) => container.getProperties({ abortSignal })))
    },
  }
}

/** The head of the answer has to come in time; the body's own limit is `stallMsMax`. */
async function download(blob: BlobClient, start: number, end: number) {
  return withAnswerInTime((abortSignal) =>
    start === 0 && end === Infinity
      ? blob.download(undefined, undefined, { abortSignal })
      : blob.download(start, end === Infinity ? undefined : end - start, { abortSignal }),
  )
}

/** Azure's client waits for an answer without end. */
async function withAnswerInTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), answerMsMax)
  try {
    return await ask(controller.signal)
  } finally {
    clearTimeout(timer)
  }
}

async function unlessExisting(put: Promise<unknown>): Promise<boolean> {
  try {
    await put
    return true
  } catch (error) {
    if (isExistingBlob(error)) return false
    throw error
  }
}

async function found<T>(answer: Promise<T>): Promise<T | 'past the end' | null> {
  try {
    return await answer
  } catch (error) {
    if (isAbsentBlob(error)) return null
    if (isPastBlobEnd(error)) return 'past the end'
    throw error
  }
}

function md5Of(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest()
}
