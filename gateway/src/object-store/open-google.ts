import { IdempotencyStrategy, Storage, type Bucket } from '@google-cloud/storage'
import type { OpenedBlobs } from './blob-store.ts'
import { createGoogleBlobs } from './google-blobs.ts'
import { inGoogle } from './in-google.ts'
import { ObjectStoreRefused } from './object-errors.ts'
import { decideResidency } from './residency.ts'
import { homeRegions, type GoogleLocation } from './storage-url.ts'

/**
 * Opens a Google Cloud Storage bucket, after asking it where it lies. A dual or multi region is refused like any
 * other place than the home region.
 *
 * @param keyFile undefined: the SDK's own search
 * @throws {StorageMisconfigured | StorageResidencyRefused}
 * @throws {ObjectStoreAway} when the bucket cannot be asked (`storage.buckets.get` is needed)
 */
export async function openGoogle(
  location: GoogleLocation,
  keyFile: string | undefined,
  decision: string | undefined,
): Promise<OpenedBlobs> {
  const bucket = googleBucket(location, keyFile)
  const [{ location: place }] = await inGoogle(() => bucket.getMetadata())
  if (place === undefined) throw new ObjectStoreRefused('Google does not say where the bucket lies')
  const residency = decideResidency(place.toLowerCase(), homeRegions.gs, decision)
  return {
    blobs: createGoogleBlobs({ bucket, prefix: location.prefix }),
    residency,
    close: () => undefined, // idle connections do not hold a process
  }
}

/** Makes the bucket in the home region. @returns whether it was made, or there already */
export async function makeGoogleBucket(
  location: GoogleLocation,
  keyFile: string | undefined,
): Promise<'made' | 'held'> {
  const bucket = googleBucket(location, keyFile)
  return inGoogle(async () => {
    const [exists] = await bucket.exists()
    if (exists) return 'held'
    await bucket.storage.createBucket(location.bucket, { location: homeRegions.gs })
    return 'made'
  })
}

/** A client whose every wait and retry is bounded. */
function googleBucket({ bucket, endpoint }: GoogleLocation, keyFile: string | undefined): Bucket {
  const storage = new Storage({
    ...(keyFile === undefined ? {} : { keyFilename: keyFile }),
    // a server of another address (an emulator, a private one) is asked with credentials where there are any
    ...(endpoint === undefined
      ? {}
      : { apiEndpoint: endpoint, useAuthWithCustomEndpoint: keyFile !== undefined }),
    timeout: 60_000,
    retryOptions: {
      maxRetries: 2,
      maxRetryDelay: 2,
      totalTimeout: 30,
      idempotencyStrategy: IdempotencyStrategy.RetryAlways, // a put of the same bytes may be repeated
    },
  })
  return storage.bucket(bucket)
}
