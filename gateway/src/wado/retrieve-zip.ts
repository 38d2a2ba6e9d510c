import { Readable } from 'node:stream'
import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import { ZipFile } from 'yazl'
import { answerRange, isCurrent } from '../conditional.ts'
import { sliceStream } from '../dicom/byte-stream.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { HeldFile } from '../study-index/find-instance.ts'
import { discard, webStream } from '../web-stream.ts'
import { etagOf } from './etag-of.ts'
import { payloadHeaders } from './multipart-response.ts'
import type { RecodedFile } from './recode-instance.ts'

/** Part of the ETag: grows when the same instances make other archives. */
const zipVersion = 1
/** The same for all, so that the same instances make the same bytes: zip keeps no time before 1980. */
const entryTime = new Date(Date.UTC(1980, 0, 1))

/** One file that goes into the archive; `open` gives as many bytes as `bytes` says where that is not null. */
export type ZipEntry = {
  held: HeldFile
  bytes: number | null
  open(): Promise<RecodedFile & { close?(): void }>
}

/**
 * Instances as a zip archive (extension): files stored without compression under `{study}/{series}/{instance}.dcm`,
 * names of UIDs and never of patients, each read when its turn comes. Zip64 where it has to be.
 *
 * @param entries with their sizes where known before: only then is the answer's length known and can be asked for in
 *   ranges
 * @param form    what else changes the bytes: the transfer syntax asked for
 */
export async function retrieveZip(
  c: Context<AllowedEnv>,
  entries: readonly ZipEntry[],
  form: string,
  access: OpenAccess,
): Promise<Response> {
  const etag = etagOf(
    entries.map(({ held }) => held),
    `zip ${zipVersion} ${form}`,
  )
  payloadHeaders(c)
  if (isCurrent(c, etag)) return c.body(null, 304)

  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  let current: Readable | null = null
  let isOver = false
  /** The archive's writer leaves open what it was reading when the client went away. */
  const close = () => {
    isOver = true
    if (current) discard(current)
    discard(output)
  }
  const options = { compress: false, mtime: entryTime, mode: 0o100600, forceDosTimestamp: true }
  for (const { held, bytes, open } of entries) {
    const name = `${held.studyInstanceUid}/${held.seriesInstanceUid}/${held.sopInstanceUid}.dcm`
    zip.addReadStreamLazy(name, bytes === null ? options : { ...options, size: bytes }, (give) => {
      open().then(
        (file) => {
          if (isOver) return file.close?.()
          access.count({ instances: 1, bytes: file.bytes ?? held.fileBytes })
          current = Readable.from(file.stream(), { objectMode: false })
          // a generator that was never started closes nothing
          current.once('close', () => file.close?.())
          give(null, current)
        },
        (error: unknown) => give(error, Readable.from([])),
      )
    })
  }
  const total = await new Promise<number>((resolve) => {
    // its types leave out the size; -1 where it is not known before
    const told = (...[size]: unknown[]) => resolve(typeof size === 'number' ? size : -1)
    zip.end(undefined, told)
  })
  zip.on('error', (error) => output.destroy(error as Error))

  c.header('Content-Type', 'application/zip')
  c.header(
    'Content-Disposition',
    `attachment; filename="${entries[0]?.held.studyInstanceUid ?? 'study'}.zip"`,
  )
  if (total < 0) return c.body(webStream(output, close))
  const range = answerRange(c, total, etag)
  c.header('Content-Length', String(range ? range.end - range.start + 1 : total))
  if (!range) return c.body(webStream(output, close))
  return c.body(webStream(sliceStream(output, range.start, range.end + 1), close), 206)
}
