import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs'
import { dirname } from 'node:path'

export type LogFile = {
  write(line: string): void
  /** The last lines written, oldest first. */
  lastLines(): readonly string[]
}

/**
 * Appends a child's lines to a file that only this user reads; the file before it is kept as `.1`.
 *
 * @param path     absolute path
 * @param bytesMax size at which a new file begins
 */
export function openLogFile(path: string, bytesMax = 16 * 1024 * 1024): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let bytes = sizeOf(path)
  let stream = open(path)
  const last: string[] = []
  return {
    write(line) {
      if (bytes > bytesMax) {
        stream.end()
        renameSync(path, `${path}.1`)
        stream = open(path)
        bytes = 0
      }
      bytes += Buffer.byteLength(line) + 1
      stream.write(`${line}\n`)
      last.push(line)
      if (last.length > 20) last.shift()
    },
    lastLines: () => last,
  }
}

function open(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  stream.on('error', () => undefined) // a full disk must not end the system over its log
  return stream
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
