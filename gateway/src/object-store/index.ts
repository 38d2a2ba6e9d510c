export { createObjectStore } from './create-object-store.ts'
export { generateDataKey, isWrappedBy, unwrapDataKey, wrapDataKey } from './data-key.ts'
export { createLocalMasterKey } from './local-master-key.ts'
export type { MasterKey, MasterKeys } from './master-key.ts'
export {
  InvalidObjectName,
  KeyServiceAway,
  KeyUnusable,
  ObjectCorrupt,
  ObjectRangeUnsatisfiable,
  ObjectStoreAway,
  ObjectStoreFull,
  ObjectStoreRefused,
  StorageMisconfigured,
  StorageResidencyRefused,
} from './object-errors.ts'
export type { ByteRange, ObjectName, ObjectStore, PutOptions } from './object-store.ts'
export { openBlobs } from './open-blobs.ts'
export { openMasterKeys, type MasterKeyVariables } from './open-master-keys.ts'
export { createTenantKeys } from './tenant-keys.ts'
export { makeBucket } from './make-bucket.ts'
