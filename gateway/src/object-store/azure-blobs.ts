import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BlobClient, ContainerClient } from '@azure/storage-blob'
import type { BlobPlace, BlobStore, StorageTier } from './blob-store.ts'
import { inContainer, isAbsentBlob, isExistingBlob, isPastBlobEnd } from './in-container.ts'
import { ObjectArchived, ObjectStoreAway } from './object-errors.ts'
import { assertObjectPath, assertObjectPathPrefix, isObjectPath } from './object-path.ts'
import { createRangeReader, totalBytesOf } from './read-ranges.ts'
import type { AzureColdTier } from './storage-url.ts'
import { inBlocks, uploadBody } from './upload-body.ts'

type Options = {
  container: ContainerClient
  /** stands before every name: '' or a path ending in '/' */
  prefix: string
  /** access tier of what is cold: `Archive` has to be recalled, `Cold` is read at once */
  coldTier?: AzureColdTier
  /** a download that gives nothing for so long while we wait for it is broken off; default 30,000 */
  stallMsMax?: number
  /** names in one answer of a listing; default 1,000 */
  listPageMax?: number
}

/** By Azure's word a recall at standard priority takes up to fifteen hours. */
const recallHours = 15

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
  coldTier = 'Archive',
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

  const classes = { hot: 'Hot', warm: 'Cool', cold: coldTier } as const
  const placeOf = async (path: string): Promise<BlobPlace | null> => {
    const properties = await inContainer(() =>
      found(withAnswerInTime((abortSignal) => at(path).getProperties({ abortSignal }))),
    )
    if (properties === null || properties === 'past the end') return null
    return azurePlace(properties)
  }
  const move = (path: string, tier: StorageTier) =>
    inContainer(() =>
      found(
        withAnswerInTime((abortSignal) =>
          at(path).setAccessTier(classes[tier], { rehydratePriority: 'Standard', abortSignal }),
        ),
      ),
    )

  return {
    files: null,

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

    tiers: () =>
      Promise.resolve(
        coldTier === 'Cold'
          ? { warm: true, cold: 'at-once', recallHours: 0 }
          : { warm: true, cold: 'after-recall', recallHours },
      ),

    place: placeOf,

    async setTier(path, tier) {
      const place = await placeOf(path)
      if (place === null) return false
      if (place.tier === tier && place.read !== 'recalling') return true
      if (place.read !== 'at-once') throw new ObjectArchived('the blob lies in the archive tier')
      return (await move(path, tier)) !== null
    },

    // a recalled blob is a hot one, until it is moved again
    async recall(path) {
      const place = await placeOf(path)
      if (place === null) return null
      if (place.read === 'at-once') return 'at-hand'
      if (place.read === 'archived' && (await move(path, 'hot')) === null) return null
      return (await placeOf(path))?.read === 'at-once' ? 'at-hand' : 'under-way'
    },

    async check() {
      await inContainer(() => withAnswerInTime((abortSignal) => container.getProperties({ abortSignal })))
    },
  }
}

/** What Azure's properties of a blob say of its place. */
export function azurePlace({
  accessTier,
  archiveStatus,
}: {
  accessTier?: string | undefined
  archiveStatus?: string | undefined
}): BlobPlace {
  switch (accessTier) {
    case 'Archive':
      return { tier: 'cold', read: archiveStatus === undefined ? 'archived' : 'recalling' }
    case 'Cold':
      return { tier: 'cold', read: 'at-once' }
    case 'Cool':
      return { tier: 'warm', read: 'at-once' }
    default:
      return { tier: 'hot', read: 'at-once' }
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
