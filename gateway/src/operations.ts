/** What the operator's CLI does with the gateway's parts. */
export { createOrthancArchive } from './archive/orthanc-archive.ts'
export { openObjectStore } from './compose.ts'
export { anchorHeads } from './audit/anchor-heads.ts'
export { readHeads } from './audit/read-heads.ts'
export { rebuildIndex } from './originals/rebuild-index.ts'
export { rotateMasterKey } from './keys/rotate-master-key.ts'
export {
  generateDataKey,
  openMasterKeys,
  unwrapDataKey,
  wrapDataKey,
  type MasterKeys,
} from './object-store/index.ts'
export type { Archive } from './archive/archive.ts'
export { rebuildTenants } from './manifest/rebuild-tenants.ts'
export { rebuildDeletions } from './manifest/rebuild-deletions.ts'
export { lostArchiveFiles } from './recovery/lost-archive-files.ts'
export { restoreArchive, type ArchiveRestored } from './recovery/restore-archive.ts'
export { verifyStore, type StoreVerdict } from './recovery/verify-store.ts'
export { applyTiers, type TiersApplied } from './tiers/apply-tiers.ts'
export { readPrices } from './tiers/read-prices.ts'
export { renditionVersion } from './renditions/rendition.ts'
export { shredTenant } from './shredding/shred-tenant.ts'
export { cancelMove, moveStore } from './storage-move/move-store.ts'
