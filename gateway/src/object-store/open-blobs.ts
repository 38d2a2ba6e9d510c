import type { OpenedBlobs } from './blob-store.ts'
import { createFileBlobs } from './file-blobs.ts'
import { createFileTiers } from './file-tiers.ts'
import type { StorageCredentials } from './storage-credentials.ts'
import { parseStorageUrl } from './storage-url.ts'

type Options = {
  /** `STORAGE_URL`; see `parseStorageUrl` */
  storageUrl: string
  credentials?: StorageCredentials
  /** `STORAGE_RESIDENCY_DECISION`; see `decideResidency` */
  residencyDecision?: string | undefined
}

/**
 * Opens the raw store that `STORAGE_URL` names: removes what crashes left behind, and refuses a bucket in a place
 * that nobody decided on. The SDK of a cloud is loaded only here, and only that of the cloud that is named: each
 * takes start-up time and memory.
 *
 * @throws {StorageMisconfigured | StorageResidencyRefused} for the operator to put right
 * @throws {ObjectStoreAway} when the store cannot be reached; worth another try
 */
export async function openBlobs({
  storageUrl,
  credentials = {},
  residencyDecision,
}: Options): Promise<OpenedBlobs> {
  const location = parseStorageUrl(storageUrl)
  switch (location.kind) {
    case 'file': {
      const hot = await createFileBlobs({ root: location.root })
      const { coldRoot } = location
      return {
        blobs:
          coldRoot === null ? hot : createFileTiers({ hot, cold: await createFileBlobs({ root: coldRoot }) }),
        residency: null,
        close: () => undefined,
      }
    }
    case 's3': {
      const { openS3 } = await import('./open-s3.ts')
      return openS3(location, credentials.s3, residencyDecision)
    }
    case 'azblob': {
      const { openAzure } = await import('./open-azure.ts')
      return openAzure(location, credentials.azure, residencyDecision)
    }
    case 'gs': {
      const { openGoogle } = await import('./open-google.ts')
      return openGoogle(location, credentials.googleKeyFile, residencyDecision)
    }
  }
}
