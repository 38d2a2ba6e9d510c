import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Bucket, File, Storage } from '@google-cloud/storage'
import { createAssertThere } from './assert-there.ts'
import type { BlobStore, StorageTier } from './blob-store.ts'
import { codeOf, inGoogle } from './in-google.ts'
import { ObjectStoreRefused } from './object-errors.ts'
import { assertObjectPath, assertObjectPathPrefix, isObjectPath } from './object-path.ts'
import { createRangeReader, totalBytesOf, type RangeAnswer } from './read-ranges.ts'
import { inBlocks, uploadBody } from './upload-body.ts'

type Options = {
  bucket: Bucket
  /** stands before every name: '' or a path ending in '/' */
  prefix: string
  /** a download that gives nothing for so long while we wait for it is broken off; default 30,000 */
  stallMsMax?: number
  /** names in one answer of a listing; default 1,000 */
  listPageMax?: number
}

/** One request up to this size, above it a resumable upload in pieces of it. */
const pieceBytes = 8 * 1024 * 1024
const answerMsMax = 60_000

/** Blobs as objects of a Google Cloud Storage bucket, at `{prefix}{path}`. */
export function createGoogleBlobs({
  bucket,
  prefix,
  stallMsMax = 30_000,
  listPageMax = 1_000,
}: Options): BlobStore {
  const at = (path: string) => {
    assertObjectPath(path)
    return bucket.file(prefix + path)
  }
  const conditionsOf = (ifAbsent: boolean) => (ifAbsent ? { preconditionOpts: { ifGenerationMatch: 0 } } : {})

  async function look(): Promise<void> {
    const [exists] = await bucket.exists()
    if (!exists) throw new ObjectStoreRefused('the bucket does not exist')
  }
  /** A missing object and a missing bucket have the same code. */
  const assertThere = createAssertThere(look)

  async function orAbsent<T>(answer: Promise<T>): Promise<T | null> {
    try {
      return await answer
    } catch (error) {
      if (codeOf(error) !== 404) throw error
      await assertThere()
      return null
    }
  }

  async function size(path: string): Promise<number | null> {
    const answer = await inGoogle(() => orAbsent(at(path).getMetadata()))
    return answer === null ? null : Number(answer[0].size)
  }

  return {
    files: null,

    async put(path, body, { ifAbsent }) {
      if (ifAbsent && (await size(path)) !== null) return { created: false }
      const created = await uploadBody(body, pieceBytes, {
        whole: (bytes) =>
          inGoogle(() =>
            unlessExisting(
              at(path).save(bytes, {
                resumable: false,
                validation: false,
                // Google compares: it refuses bytes that changed on the way
                metadata: { md5Hash: createHash('md5').update(bytes).digest('base64') },
                ...conditionsOf(ifAbsent),
              }),
            ),
          ),
        inParts: (rest) =>
          inGoogle(() => unlessExisting(putInPieces(at(path), rest, conditionsOf(ifAbsent)))),
      })
      return { created }
    },

    read: createRangeReader({
      words: inGoogle,
      stallMsMax,
      ask: (path, start, end) => orAbsent(download(at(path), start, end)),
    }),

    size,

    async delete(path) {
      await inGoogle(() => orAbsent(at(path).delete()))
    },

    async *list(pathPrefix) {
      assertObjectPathPrefix(pathPrefix)
      let pageToken: string | undefined
      do {
        const [files, next] = await inGoogle(() =>
          bucket.getFiles({
            prefix: prefix + pathPrefix,
            autoPaginate: false,
            maxResults: listPageMax,
            ...(pageToken === undefined ? {} : { pageToken }),
          }),
        )
        for (const { name } of files) {
          const path = name.slice(prefix.length)
          if (isObjectPath(path)) yield path
        }
        pageToken = pageTokenOf(next)
      } while (pageToken !== undefined)
    },

    tiers: () => Promise.resolve({ warm: true, cold: 'at-once', recallHours: 0 }),

    async place(path) {
      const answer = await inGoogle(() => orAbsent(at(path).getMetadata()))
      return answer === null ? null : { tier: tierOf(answer[0].storageClass), read: 'at-once' }
    },

    // Google writes the object anew under its name, by itself
    async setTier(path, tier) {
      const answer = await inGoogle(() => orAbsent(at(path).setStorageClass(classes[tier])))
      return answer !== null
    },

    async recall(path) {
      return (await size(path)) === null ? null : 'at-hand'
    },

    async check() {
      await inGoogle(look)
    },
  }
}

const classes = { hot: 'STANDARD', warm: 'NEARLINE', cold: 'ARCHIVE' } as const satisfies Record<
  StorageTier,
  string
>

function tierOf(storageClass: string | undefined): StorageTier {
  if (storageClass === classes.warm) return 'warm'
  return storageClass === classes.cold || storageClass === 'COLDLINE' ? 'cold' : 'hot'
}

/**
 * Asks for a range; resolves with the head of the answer. Not by the SDK's own reading stream, which hides the
 * answer's head, and hangs a new listener on its stream for each layer it goes through.
 */
async function download(file: File, start: number, end: number): Promise<RangeAnswer | 'past the end'> {
  const { storage } = file
  const url = `${storage.apiEndpoint}/storage/v1/b/${encodeURIComponent(file.bucket.name)}/o/${encodeURIComponent(file.name)}?alt=media`
  const headers = await credentialsFor(storage, url)
  if (start > 0 || end < Infinity) headers['Range'] = `bytes=${start}-${end === Infinity ? '' : end - 1}`

  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), answerMsMax)
  try {
    const response = await fetch(url, { headers, signal: controller.signal })
    if (response.status === 416) {
      await response.body?.cancel()
      return 'past the end'
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel()
      throw answered(response.status)
    }
    const bytes = Number(response.headers.get('content-length'))
    return {
      body: Readable.fromWeb(response.body),
      bytes,
      totalBytes: totalBytesOf(response.headers.get('content-range') ?? undefined, bytes),
      version: response.headers.get('x-goog-generation') ?? response.headers.get('etag') ?? '',
    }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * A resumable upload, piece by piece. Not by the SDK's own writing stream, which does not settle when the body
 * fails. What was begun and not finished shows nowhere; it is given up at once where Google can be told.
 */
async function putInPieces(
  file: File,
  body: AsyncIterable<Uint8Array>,
  conditions: { preconditionOpts?: { ifGenerationMatch: number } },
): Promise<void> {
  const [session] = await file.createResumableUpload(conditions)
  const headers = await credentialsFor(file.storage, session)
  let sent = 0
  const send = async (piece: Buffer, last: boolean) => {
    const total = last ? String(sent + piece.length) : '*'
    const range = piece.length === 0 ? '*' : `${sent}-${sent + piece.length - 1}`
    const { status } = await request(session, {
      method: 'PUT',
      headers: { ...headers, 'Content-Range': `bytes ${range}/${total}` },
      body: piece,
    })
    // 308 asks for the next piece
    if (last ? status !== 200 && status !== 201 : status !== 308) throw answered(status)
    sent += piece.length
  }
  try {
    let ready: Buffer | null = null // only the end of the body tells which piece is the last
    for await (const piece of inBlocks(body, pieceBytes)) {
      if (ready !== null) await send(ready, false)
      ready = piece
    }
    await send(ready ?? Buffer.alloc(0), true)
  } catch (error) {
    await request(session, { method: 'DELETE', headers }).catch(() => undefined)
    throw error
  }
}

/** One request whose answer's body is of no interest. */
async function request(
  url: string,
  options: { method: string; headers: Record<string, string>; body?: Buffer },
): Promise<Response> {
  const response = await fetch(url, {
    ...options,
    redirect: 'manual',
    signal: AbortSignal.timeout(answerMsMax),
  })
  await response.body?.cancel()
  return response
}

async function credentialsFor(storage: Storage, url: string): Promise<Record<string, string>> {
  if (storage.customEndpoint && storage.useAuthWithCustomEndpoint !== true) return {}
  return Object.fromEntries(new Headers(await storage.authClient.getRequestHeaders(url)))
}

function answered(code: number): Error {
  return Object.assign(new Error('refused'), { code })
}

function pageTokenOf(next: unknown): string | undefined {
  if (typeof next !== 'object' || next === null || !('pageToken' in next)) return undefined
  return typeof next.pageToken === 'string' ? next.pageToken : undefined
}

async function unlessExisting(put: Promise<unknown>): Promise<boolean> {
  try {
    await put
    return true
  } catch (error) {
    if (codeOf(error) === 412) return false
    throw error
  }
}
