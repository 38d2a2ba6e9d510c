import {
  BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { inBucket } from './in-bucket.ts'
import { createS3Client, type S3Credentials } from './s3-client.ts'
import { parseStorageUrl } from './storage-url.ts'

/**
 * Makes the bucket that `STORAGE_URL` names where it is missing, in the region that is named there; leaves one that
 * exists as it is. Whether images may lie there is asked afterwards, when the store is opened.
 *
 * @param credentials undefined: the AWS SDK's own search
 * @returns `absent` for a folder, which needs no bucket
 * @throws {StorageMisconfigured | ObjectStoreRefused | ObjectStoreAway}
 */
export async function makeBucket({
  storageUrl,
  credentials,
}: {
  storageUrl: string
  credentials?: S3Credentials
}): Promise<'made' | 'held' | 'absent'> {
  const location = parseStorageUrl(storageUrl)
  if (location.kind === 'file') return 'absent'
  const { bucket: Bucket, region, endpoint } = location
  const client = createS3Client({ ...location, credentials })
  try {
    return await inBucket(async () => {
      if (await isThere(client.send(new HeadBucketCommand({ Bucket })))) return 'held'
      // AWS wants the region said, and us-east-1 unsaid; other servers have one region and refuse another's name
      const named = endpoint === undefined && region !== 'us-east-1' ? locationOf(region) : undefined
      const made = client.send(
        new CreateBucketCommand({
          Bucket,
          ...(named ? { CreateBucketConfiguration: { LocationConstraint: named } } : {}),
        }),
      )
      return (await wasFree(made)) ? 'made' : 'held'
    })
  } finally {
    client.destroy()
  }
}

function locationOf(region: string): BucketLocationConstraint | undefined {
  return Object.values(BucketLocationConstraint).find((known) => known === region)
}

async function isThere(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer
    return true
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false
    throw error
  }
}

/** Another process may have made it between the question and the order. */
async function wasFree(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer
    return true
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'BucketAlreadyOwnedByYou') return false
    throw error
  }
}
