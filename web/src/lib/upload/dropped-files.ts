/** A file to look at. `direct`: chosen by itself, so that people want to hear of it whatever it is. */
export type FoundFile = { file: File; path: string; direct: boolean }

/**
 * The files of a drop, folders followed to their leaves. The entries must be taken while the event is handled:
 * afterwards the browser has emptied them.
 */
export function droppedFiles(transfer: DataTransfer): AsyncIterable<FoundFile> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  const files = [...transfer.files]
  if (entries.length === 0) return pickedFiles(files)
  return (async function* () {
    for (const entry of entries) yield* follow(entry, true)
  })()
}

/** The files of an `<input type=file>`, of a folder too. */
export async function* pickedFiles(files: Iterable<File>): AsyncGenerator<FoundFile> {
  for (const file of files) {
    const inFolder = file.webkitRelativePath !== ''
    yield { file, path: inFolder ? file.webkitRelativePath : file.name, direct: !inFolder }
  }
}

async function* follow(entry: FileSystemEntry, direct: boolean): AsyncGenerator<FoundFile> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    yield { file, path: entry.fullPath.replace(/^\//, ''), direct }
  } else if (isFolder(entry)) {
    const reader = entry.createReader()
    for (;;) {
      // a hundred at a time; an empty answer is the end
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      )
      if (some.length === 0) break
      for (const each of some) yield* follow(each, false)
    }
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}
function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}
