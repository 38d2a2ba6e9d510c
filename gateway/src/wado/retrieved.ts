import type { HeldFile, HeldInstance } from '../study-index/find-instance.ts'
import type { IndexedFile } from '../study-index/instance-indexes.ts'

/** What a path names; what is large of it is read where it is needed. */
export type Retrieved = {
  files: readonly HeldFile[]
  /** of these, in their order, a few at a time */
  metadata(files: readonly HeldFile[]): AsyncIterable<Pick<HeldInstance, 'metadata' | 'transferSyntaxUid'>>
  /** all of them in their order with where their values lie, a few at a time and as often as is asked */
  indexed(): AsyncIterable<IndexedFile>
  whole(file: HeldFile): Promise<HeldInstance>
}

/** One instance of which all is known. */
export function retrievedOne(one: HeldInstance): Retrieved {
  const { metadata, frameIndex, bulkIndex, ...rest } = one
  const file = { ...rest, metadataBytes: Buffer.byteLength(metadata), hasFrames: frameIndex !== null }
  return {
    files: [file],
    async *indexed() {
      yield { ...file, frameIndex, bulkIndex }
    },
    async *metadata() {
      yield one
    },
    whole: async () => one,
  }
}
