import {
  BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { inBucket } from './in-bucket.ts'
import { createS3Client } from './s3-client.ts'
import type { S3Credentials } from './storage-credentials.ts'
import type { S3Location } from './storage-url.ts'

/** @returns whether it was made, or there already */
export async function makeS3Bucket(
  location: S3Location,
  credentials: S3Credentials | undefined,
): Promise<'made' | 'held'> {
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
