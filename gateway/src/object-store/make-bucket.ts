import type { StorageCredentials } from './storage-credentials.ts'
import { parseStorageUrl } from './storage-url.ts'

/**
 * Makes the bucket or container that `STORAGE_URL` names where it is missing, in the region that is named there;
 * leaves one that exists as it is. Whether images may lie there is asked afterwards, when the store is opened.
 *
 * @returns `absent` for a folder, which needs no bucket
 * @throws {StorageMisconfigured | ObjectStoreRefused | ObjectStoreAway}
 */
export async function makeBucket({
  storageUrl,
  credentials = {},
}: {
  storageUrl: string
  credentials?: StorageCredentials
}): Promise<'made' | 'held' | 'absent'> {
  const location = parseStorageUrl(storageUrl)
  switch (location.kind) {
    case 'file':
      return 'absent'
    case 's3': {
      const { makeS3Bucket } = await import('./make-s3-bucket.ts')
      return makeS3Bucket(location, credentials.s3)
    }
    case 'azblob': {
      const { makeAzureContainer } = await import('./open-azure.ts')
      return makeAzureContainer(location, credentials.azure)
    }
    case 'gs': {
      const { makeGoogleBucket } = await import('./open-google.ts')
      return makeGoogleBucket(location, credentials.googleKeyFile)
    }
  }
}
