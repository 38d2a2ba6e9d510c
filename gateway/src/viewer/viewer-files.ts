import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

/** One file of the prepared viewer with the compressed copies that lie beside it. */
export type ViewerFile = {
  mediaType: string
  /** The file as it is, and its copies by content coding; `bytes` is what is sent. */
  codings: Map<ContentCoding, { path: string; bytes: number }>
}

export type ContentCoding = 'br' | 'gzip' | 'identity'

export type ViewerFiles = {
  /** The page that opens OHIF. */
  page: string
  /** All other files by their path below the folder, with forward slashes. */
  byPath: Map<string, ViewerFile>
}

const mediaTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm', // streaming compilation refuses any other type
  '.woff2': 'font/woff2',
}

/**
 * Lists the prepared viewer, so that a request is answered from names that exist and its path never
 * reaches the file system.
 *
 * @param folder as `installOhif` fills it
 * @throws {Error} when the folder or its page is missing
 */
export async function readViewerFiles(folder: string): Promise<ViewerFiles> {
  const page = await readFile(path.join(folder, 'index.html'), 'utf8')
  const names = (await readdir(folder, { recursive: true })).map((name) => name.split(path.sep).join('/'))
  const present = new Set(names)
  const byPath = new Map<string, ViewerFile>()

  for (const name of names) {
    const mediaType = mediaTypes[path.extname(name)]
    if (mediaType === undefined) continue
    const codings: ViewerFile['codings'] = new Map()
    for (const [coding, suffix] of [
      ['br', '.br'],
      ['gzip', '.gz'],
      ['identity', ''],
    ] as const) {
      if (!present.has(name + suffix)) continue
      const file = path.join(folder, name + suffix)
      codings.set(coding, { path: file, bytes: (await stat(file)).size })
    }
    byPath.set(name, { mediaType, codings })
  }
  return { page, byPath }
}
