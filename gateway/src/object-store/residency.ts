import { GetBucketLocationCommand, type S3Client } from '@aws-sdk/client-s3'
import { inBucket } from './in-bucket.ts'
import { StorageMisconfigured, StorageResidencyRefused } from './object-errors.ts'
import { homeRegion } from './storage-url.ts'

export type Residency = {
  region: string // where the server says the bucket lies
  reason: string | null // of the recorded decision that allows it; null in the home region
}

type Options = {
  client: S3Client
  bucket: string
  /** `STORAGE_RESIDENCY_DECISION`: `REGION: why, by whom, when`; undefined when there is none */
  decision: string | undefined
}

/**
 * Where the bucket lies, if images may lie there: in `ca-central-1`, or in the one region that a recorded decision
 * names. To be called at start, before anything is stored.
 *
 * The region is the server's word. For AWS it is the place; a server of one's own says what it was told to say.
 *
 * @throws {StorageResidencyRefused} naming the region
 * @throws {StorageMisconfigured} for a decision without region or reason
 * @throws {ObjectStoreAway} when the bucket cannot be asked (`s3:GetBucketLocation` is needed)
 */
export async function checkResidency({ client, bucket, decision }: Options): Promise<Residency> {
  const decided = decision === undefined ? null : parseDecision(decision)
  const { LocationConstraint: constraint } = await inBucket(() =>
    client.send(new GetBucketLocationCommand({ Bucket: bucket })),
  )
  const region = regionOf(constraint)

  if (region === homeRegion) return { region, reason: null }
  if (decided?.region === region) return { region, reason: decided.reason }
  throw new StorageResidencyRefused(
    `the bucket is in ${region}, not in ${homeRegion}: if that was decided, ` +
      `set STORAGE_RESIDENCY_DECISION="${region}: why, by whom, when"`,
  )
}

/** GetBucketLocation predates regions: nothing means us-east-1, EU means eu-west-1. */
function regionOf(constraint: string | undefined): string {
  if (constraint === undefined || constraint === '') return 'us-east-1'
  return constraint === 'EU' ? 'eu-west-1' : constraint
}

function parseDecision(decision: string): { region: string; reason: string } {
  const [, region, reason] = /^\s*([a-z0-9-]+)\s*:\s*(\S.{9,})$/s.exec(decision) ?? []
  if (region === undefined || reason === undefined) {
    throw new StorageMisconfigured('STORAGE_RESIDENCY_DECISION reads "REGION: why, by whom, when"')
  }
  return { region, reason }
}
