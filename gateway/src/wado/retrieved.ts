import type { HeldFile, HeldInstance } from '../study-index/find-instance.ts'

/** What a path names; what is large of it is read where it is needed. */
export type Retrieved = {
  files: readonly HeldFile[]
  /** of these, in their order, a few at a time */
  metadata(files: readonly HeldFile[]): AsyncIterable<Pick<HeldInstance, 'metadata' | 'transferSyntaxUid'>>
  whole(file: HeldFile): Promise<HeldInstance>
}

/** One instance of which all is known. */
export function retrievedOne(one: HeldInstance): Retrieved {
  const { metadata, frameIndex, bulkIndex: _, ...rest } = one
  return {
    files: [{ ...rest, metadataBytes: Buffer.byteLength(metadata), hasFrames: frameIndex !== null }],
    async *metadata() {
      yield one
    },
    whole: async () => one,
  }
}
