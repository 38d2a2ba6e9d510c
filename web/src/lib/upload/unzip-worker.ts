import { headBytes, judgeFile } from './judge-file.ts'
import { unpackEntry } from './unpack-entry.ts'
import { readZipDirectory, ZipError } from './zip-directory.ts'

/** What the page sends: the archive once, then `next` for each file it has taken over. */
export type ToUnzip = { archive: File } | 'next'
export type FromUnzip =
  | { kind: 'directory'; files: number }
  | { kind: 'file'; path: string; blob: Blob }
  | { kind: 'skipped'; path: string }
  | { kind: 'refused'; path: string; reason: ZipError['reason'] }
  | { kind: 'end' }

/** Files unpacked and not yet taken over by the page: bounds the memory of an archive of any size. */
const aheadMax = 4

let ahead = 0
let wake: (() => void) | undefined

self.addEventListener('message', ({ data }: MessageEvent<ToUnzip>) => {
  if (data === 'next') {
    ahead--
    wake?.()
  } else {
    void unpack(data.archive)
  }
})

async function unpack(archive: File) {
  try {
    const files = (await readZipDirectory(archive)).filter((entry) => !entry.path.endsWith('/'))
    tell({ kind: 'directory', files: files.length })
    for (const entry of files) {
      while (ahead >= aheadMax) await new Promise<void>((resolve) => (wake = resolve))
      try {
        if (judgeFile(entry.path, new Uint8Array(0)) === 'companion') {
          tell({ kind: 'skipped', path: entry.path })
          continue
        }
        const blob = await unpackEntry(archive, entry)
        const head = new Uint8Array(await blob.slice(0, headBytes).arrayBuffer())
        if (judgeFile(entry.path, head) !== 'dicom') {
          tell({ kind: 'skipped', path: entry.path })
          continue
        }
        ahead++
        tell({ kind: 'file', path: entry.path, blob })
      } catch (error) {
        tell({
          kind: 'refused',
          path: entry.path,
          reason: error instanceof ZipError ? error.reason : 'zip-broken',
        })
      }
    }
  } catch (error) {
    tell({
      kind: 'refused',
      path: archive.name,
      reason: error instanceof ZipError ? error.reason : 'zip-broken',
    })
  }
  tell({ kind: 'end' })
}

function tell(message: FromUnzip) {
  self.postMessage(message)
}
