export { createObjectStore } from './create-object-store.ts'
export { generateDataKey, unwrapDataKey, wrapDataKey } from './data-key.ts'
export { makeBucket } from './make-bucket.ts'
export { readMasterKey } from './master-key.ts'
export {
  InvalidObjectName,
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
export { openBlobs, type OpenedBlobs } from './open-blobs.ts'
export { createTenantKeys } from './tenant-keys.ts'
export type { S3Credentials } from './s3-client.ts'
