/** What the operator's CLI does with the gateway's parts. */
export { createOrthancArchive } from './archive/orthanc-archive.ts'
export { openObjectStore } from './compose.ts'
export { anchorHeads } from './audit/anchor-heads.ts'
export { readHeads } from './audit/read-heads.ts'
export { rebuildIndex } from './originals/rebuild-index.ts'
export { generateDataKey, readMasterKey, unwrapDataKey, wrapDataKey } from './object-store/index.ts'
export type { ObjectStore } from './object-store/object-store.ts'
