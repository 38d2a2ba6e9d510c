import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3'
import { inBucket } from './in-bucket.ts'

/** An unfinished upload counts as left behind by a crash after this; its owner cannot be asked. */
const uploadAgeMsMax = 24 * 60 * 60 * 1000

/**
 * Aborts multipart uploads below our prefix that were begun more than a day ago: they are invisible, and paid for.
 * A lifecycle rule of the bucket (AbortIncompleteMultipartUpload) does the same without us.
 *
 * @returns how many were aborted
 * @throws {ObjectStoreAway}
 */
export async function sweepUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
  now = Date.now(),
): Promise<number> {
  let aborted = 0
  let KeyMarker: string | undefined
  let UploadIdMarker: string | undefined
  do {
    const page = await inBucket(() =>
      client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, KeyMarker, UploadIdMarker }),
      ),
    )
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Initiated === undefined || now - Initiated.getTime() < uploadAgeMsMax) continue
      await inBucket(() => client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })))
      aborted += 1
    }
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined
    UploadIdMarker = page.IsTruncated ? page.NextUploadIdMarker : undefined
  } while (KeyMarker !== undefined)
  return aborted
}
