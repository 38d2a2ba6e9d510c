import { GetBucketLocationCommand, type S3Client } from '@aws-sdk/client-s3'
import type { OpenedBlobs } from './blob-store.ts'
import { inBucket } from './in-bucket.ts'
import { ObjectStoreAway } from './object-errors.ts'
import { decideResidency } from './residency.ts'
import { createS3Blobs } from './s3-blobs.ts'
import { createS3Client } from './s3-client.ts'
import type { S3Credentials } from './storage-credentials.ts'
import { homeRegions, type S3Location } from './storage-url.ts'
import { sweepUploads } from './sweep-uploads.ts'

/**
 * Opens an S3 bucket.
 *
 * @throws {StorageMisconfigured | StorageResidencyRefused}
 * @throws {ObjectStoreAway} when the bucket cannot be asked (`s3:GetBucketLocation` is needed)
 */
export async function openS3(
  location: S3Location,
  credentials: S3Credentials | undefined,
  decision: string | undefined,
): Promise<OpenedBlobs> {
  const { bucket, prefix, coldClass, endpoint } = location
  const client = createS3Client({ ...location, credentials })
  try {
    const residency = decideResidency(await regionOf(client, bucket), homeRegions.s3, decision)
    await sweepUploads(client, bucket, prefix).catch((error: unknown) => {
      // The right to list uploads may be missing; a lifecycle rule does this work then.
      if (!(error instanceof ObjectStoreAway)) throw error
    })
    const blobs = createS3Blobs({ client, bucket, prefix, coldClass, isAmazon: endpoint === undefined })
    return { blobs, residency, close: () => client.destroy() }
  } catch (error) {
    client.destroy()
    throw error
  }
}

/** The server's word. For AWS it is the place; a server of one's own says what it was told to say. */
async function regionOf(client: S3Client, bucket: string): Promise<string> {
  const { LocationConstraint: constraint } = await inBucket(() =>
    client.send(new GetBucketLocationCommand({ Bucket: bucket })),
  )
  // GetBucketLocation predates regions: nothing means us-east-1, EU means eu-west-1.
  if (constraint === undefined || String(constraint) === '') return 'us-east-1'
  return constraint === 'EU' ? 'eu-west-1' : constraint
}
