import {
  AnonymousCredential,
  ContainerClient,
  newPipeline,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import { createAzureBlobs } from './azure-blobs.ts'
import type { OpenedBlobs } from './blob-store.ts'
import { inContainer } from './in-container.ts'
import { StorageMisconfigured } from './object-errors.ts'
import { decideResidency } from './residency.ts'
import type { AzureCredentials } from './storage-credentials.ts'
import { homeRegions, type AzureLocation } from './storage-url.ts'

/**
 * Opens an Azure container. Azure does not say over this protocol where an account lies: the region is the one that
 * `STORAGE_URL` names, which the operator has to look up.
 *
 * @throws {StorageMisconfigured | StorageResidencyRefused | ObjectStoreAway}
 */
export async function openAzure(
  location: AzureLocation,
  credentials: AzureCredentials | undefined,
  decision: string | undefined,
): Promise<OpenedBlobs> {
  const residency = decideResidency(location.region, homeRegions.azblob, decision)
  const container = azureContainer(location, credentials)
  await inContainer(() => container.getProperties())
  return {
    blobs: createAzureBlobs({ container, prefix: location.prefix, coldTier: location.coldTier }),
    residency,
    close: () => undefined, // idle connections do not hold a process
  }
}

/** @returns whether it was made, or there already */
export async function makeAzureContainer(
  location: AzureLocation,
  credentials: AzureCredentials | undefined,
): Promise<'made' | 'held'> {
  const container = azureContainer(location, credentials)
  const { succeeded } = await inContainer(() => container.createIfNotExists())
  return succeeded ? 'made' : 'held'
}

/**
 * A client whose retries are bounded. A store that is down must show within seconds.
 *
 * @throws {StorageMisconfigured} without an account, or without a key or a token for it
 */
export function azureContainer(
  { container, endpoint }: Omit<AzureLocation, 'coldTier'>,
  credentials: AzureCredentials | undefined,
): ContainerClient {
  if (!credentials) {
    throw new StorageMisconfigured(
      'azblob:// needs AZURE_STORAGE_ACCOUNT, and AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN',
    )
  }
  const { account, key, sasToken } = credentials
  const credential =
    key === undefined ? new AnonymousCredential() : new StorageSharedKeyCredential(account, key)
  const url = new URL(`${endpoint ?? `https://${account}.blob.core.windows.net`}/${container}`)
  if (key === undefined && sasToken !== undefined) url.search = sasToken.replace(/^\?/, '')
  return new ContainerClient(
    url.href,
    newPipeline(credential, {
      retryOptions: { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 },
      keepAliveOptions: { enable: true },
    }),
  )
}
