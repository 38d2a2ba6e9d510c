import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { Pool, type Dispatcher } from 'undici'
import { z } from 'zod'
import type { Archive } from './archive.ts'
import { ArchiveAway, ArchiveFull, ArchiveRefused } from './archive-errors.ts'
import { beginsAsZip } from './begins-as-zip.ts'
import { streamFile } from '../stream-file.ts'

type Upload = Parameters<Archive['store']>[0]

/** Orthanc closes idle connections after one second; ours go first, so that none is used while it closes. */
const keepAliveTimeoutMs = 500

// Orthanc's ErrorCode: CannotWriteFile, FullStorage, FileStorageCannotWrite.
const noRoomCodes = new Set([14, 19, 2001])
// RegularFileExpected: the index has an entry, its file is gone. Newer versions answer 404.
const fileGoneCode = 2006

const Problem = z.object({ OrthancStatus: z.number().default(0) })
const Stored = z.object({ ID: z.string().default(''), Status: z.string() })
const Metadata = z.record(z.string(), z.string())
const Statistics = z.object({ CountInstances: z.number() })
const Changes = z.object({
  Changes: z.array(z.object({ Seq: z.number(), ChangeType: z.string(), ID: z.string(), Date: z.string() })),
  Last: z.number(),
  Done: z.boolean(),
})

/**
 * The archive behind Orthanc's native REST API (1.10.1 and later).
 *
 * @param url         http:// or https:// URL with user and password in it; a path is kept as prefix
 * @param connections most connections at a time; Orthanc has `HttpThreadsCount` threads for all its clients
 * @param timeoutMs   longest silence of Orthanc within one request
 */
export function createOrthancArchive({
  url,
  connections = 16,
  timeoutMs = 60_000,
}: {
  url: string
  connections?: number
  timeoutMs?: number
}): Archive {
  const { origin, username, password, pathname } = new URL(url)
  const prefix = pathname.replace(/\/+$/, '')
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = username === '' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`
  const pool = new Pool(origin, {
    connections,
    keepAliveTimeout: keepAliveTimeoutMs,
    keepAliveMaxTimeout: keepAliveTimeoutMs,
    // taken off what Orthanc announces: with the default of two seconds every connection served one request
    keepAliveTimeoutThreshold: keepAliveTimeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: Math.min(timeoutMs, 5_000) },
  })

  /** Every request of ours may be repeated, and is, once: an idle connection may close just as it is taken. */
  async function request(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    upload?: Upload,
  ): Promise<Dispatcher.ResponseData> {
    for (let attempt = 1; ; attempt += 1) {
      const headers: Record<string, string> = authorization === null ? {} : { authorization }
      let body: Readable | Buffer | null = null
      if (upload !== undefined) {
        headers['content-type'] = 'application/dicom'
        headers['content-length'] = String(upload.bytes)
        body = 'path' in upload ? Readable.from(streamFile(upload.path), { highWaterMark: 1 }) : upload.buffer
      }
      try {
        return await pool.request({ method, path: prefix + path, headers, body })
      } catch (error) {
        if (body instanceof Readable) body.destroy()
        if (isLocalFileError(error)) throw error
        if (attempt === 2 || !brokeOff(error)) throw new ArchiveAway(`Orthanc is away: ${codeOf(error)}`)
      }
    }
  }

  async function text(response: Dispatcher.ResponseData): Promise<string> {
    try {
      return await response.body.text()
    } catch (error) {
      throw new ArchiveAway(`Orthanc broke off: ${codeOf(error)}`)
    }
  }

  /** Body of a 200, null for a 404. */
  async function get(path: string): Promise<string | null> {
    const response = await request('GET', path)
    const body = await text(response)
    if (response.statusCode === 200) return body
    if (response.statusCode === 404) return null
    throw failure(response.statusCode, body)
  }

  async function feed(query: string) {
    const body = await get(`/changes?${query}`)
    return parse(Changes, body ?? '')
  }

  return {
    async store(file) {
      if (await looksLikeZip(file)) {
        throw new ArchiveRefused('Orthanc would unpack a file that begins as a ZIP archive does')
      }
      const response = await request('POST', '/instances', file)
      const body = await text(response)
      if (response.statusCode !== 200) throw uploadFailure(response.statusCode, body)

      const { ID, Status } = parse(Stored, body)
      if (Status === 'Success' || Status === 'AlreadyStored') {
        return { orthancId: ID, alreadyHeld: Status === 'AlreadyStored' }
      }
      // `Failure`: the index could not take it. `FilteredOut`: a script declined it.
      if (Status === 'Failure') throw new ArchiveAway('Orthanc could not index the file')
      throw new ArchiveRefused(`Orthanc answered ${Status}`)
    },

    async md5(orthancId) {
      const body = await get(`/instances/${encodeURIComponent(orthancId)}/attachments/dicom/md5`)
      return body === null ? null : body.trim().toLowerCase()
    },

    async bytes(orthancId) {
      const body = await get(`/instances/${encodeURIComponent(orthancId)}/attachments/dicom/size`)
      return body === null ? null : Number(body)
    },

    async read(orthancId) {
      const response = await request('GET', `/instances/${encodeURIComponent(orthancId)}/file`)
      if (response.statusCode === 200) {
        return { bytes: Number(response.headers['content-length']), stream: breakingOffAsAway(response.body) }
      }
      const body = await text(response)
      if (response.statusCode === 404 || orthancStatus(body) === fileGoneCode) return null
      throw failure(response.statusCode, body)
    },

    async instanceOrigin(orthancId) {
      const body = await get(`/instances/${encodeURIComponent(orthancId)}/metadata?expand`)
      if (body === null) return null
      const metadata = parse(Metadata, body)
      const value = (name: string) => (metadata[name] ?? '').trim()
      return {
        origin: value('Origin'),
        calledAeTitle: value('CalledAET'),
        remoteAeTitle: value('RemoteAET'),
        remoteAddress: value('RemoteIP'),
        transferSyntaxUid: value('TransferSyntax'),
        receivedAt: instant(value('ReceptionDate')),
      }
    },

    async changes(since, limit) {
      const { Changes: rows, Last, Done } = await feed(`since=${since}&limit=${limit}`)
      const changes = rows.map(({ Seq, ChangeType, ID, Date }) => ({
        sequence: Seq,
        kind: ChangeType,
        orthancId: ID,
        date: Date,
      }))
      return { changes, last: Math.max(since, Last), done: Done }
    },

    async lastChange() {
      const { Last } = await feed('last')
      return Last
    },

    async countFiles() {
      const { CountInstances } = parse(Statistics, (await get('/statistics')) ?? '')
      return CountInstances
    },

    async remove(orthancId) {
      const response = await request('DELETE', `/instances/${encodeURIComponent(orthancId)}`)
      const body = await text(response)
      if (response.statusCode !== 200 && response.statusCode !== 404) throw failure(response.statusCode, body)
    },

    async check() {
      if ((await get('/system')) === null) throw new ArchiveAway('What answers there is not Orthanc')
    },

    close: () => pool.close(),
  }
}

async function looksLikeZip(upload: Upload): Promise<boolean> {
  if ('buffer' in upload) return beginsAsZip(upload.buffer)
  await using file = await open(upload.path, 'r')
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return beginsAsZip(buffer.subarray(0, bytesRead))
}

/** Orthanc's `YYYYMMDDTHHMMSS`, which is UTC; the epoch when it is none. */
function instant(text: string): Date {
  const [, year, month, day, hours, minutes, seconds] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(text) ?? []
  return seconds === undefined
    ? new Date(0)
    : new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
}

/** Whoever reads the stream learns of a connection that broke by our error and not the HTTP client's. */
function breakingOffAsAway(stream: Readable): Readable {
  const destroy = stream._destroy.bind(stream)
  stream._destroy = (error, callback) => {
    destroy(error && new ArchiveAway(`Orthanc broke off: ${codeOf(error)}`, { cause: error }), callback)
  }
  return stream
}

function parse<T>(shape: z.ZodType<T>, body: string): T {
  try {
    return shape.parse(JSON.parse(body))
  } catch {
    throw new ArchiveAway('What answers there is not Orthanc') // its text may hold identifiers: not repeated
  }
}

function orthancStatus(body: string): number {
  try {
    return Problem.parse(JSON.parse(body)).OrthancStatus
  } catch {
    return 0
  }
}

function failure(status: number, body: string): ArchiveAway {
  if (status === 401 || status === 403) return new ArchiveAway('Orthanc does not accept the credentials')
  return new ArchiveAway(`Orthanc answered ${status} (its code ${orthancStatus(body)})`)
}

function uploadFailure(status: number, body: string): Error {
  const code = orthancStatus(body)
  if (status === 507 || noRoomCodes.has(code)) return new ArchiveFull('Orthanc has no room')
  // 404: one of the four identifiers is missing; 413: past its configured size.
  if (status === 400 || status === 404 || status === 413 || status === 415) {
    return new ArchiveRefused(`Orthanc answered ${status} (its code ${code})`)
  }
  return failure(status, body)
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code)
  return error instanceof Error ? error.name : 'unknown'
}

function brokeOff(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error))
}

/** The spool file, not Orthanc, is at fault. */
function isLocalFileError(error: unknown): boolean {
  return error instanceof Error && 'path' in error && 'syscall' in error
}
