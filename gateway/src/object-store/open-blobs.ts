import type { BlobStore } from './blob-store.ts'
import { createFileBlobs } from './file-blobs.ts'
import { ObjectStoreAway } from './object-errors.ts'
import { checkResidency, type Residency } from './residency.ts'
import { createS3Blobs } from './s3-blobs.ts'
import { createS3Client, type S3Credentials } from './s3-client.ts'
import { parseStorageUrl } from './storage-url.ts'
import { sweepUploads } from './sweep-uploads.ts'

type Options = {
  /** `STORAGE_URL`; see `parseStorageUrl` */
  storageUrl: string
  /** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`; undefined: the AWS SDK's own search */
  credentials?: S3Credentials
  /** `STORAGE_RESIDENCY_DECISION`; see `checkResidency` */
  residencyDecision?: string
}

export type OpenedBlobs = {
  blobs: BlobStore
  /** null for files, which lie where the operator put them */
  residency: Residency | null
  /** ends idle connections, so that the process can end */
  close(): void
}

/**
 * Opens the raw store that `STORAGE_URL` names: removes what crashes left behind, and refuses a bucket in a place
 * that nobody decided on.
 *
 * @throws {StorageMisconfigured | StorageResidencyRefused} for the operator to put right
 * @throws {ObjectStoreAway} when the store cannot be reached; worth another try
 */
export async function openBlobs({
  storageUrl,
  credentials,
  residencyDecision,
}: Options): Promise<OpenedBlobs> {
  const location = parseStorageUrl(storageUrl)
  if (location.kind === 'file') {
    return { blobs: await createFileBlobs({ root: location.root }), residency: null, close: () => undefined }
  }

  const { bucket, prefix } = location
  const client = createS3Client({ ...location, credentials })
  try {
    const residency = await checkResidency({ client, bucket, decision: residencyDecision })
    await sweepUploads(client, bucket, prefix).catch((error: unknown) => {
      // The right to list uploads may be missing; a lifecycle rule does this work then.
      if (!(error instanceof ObjectStoreAway)) throw error
    })
    return { blobs: createS3Blobs({ client, bucket, prefix }), residency, close: () => client.destroy() }
  } catch (error) {
    client.destroy()
    throw error
  }
}
