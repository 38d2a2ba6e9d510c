import { startAzurite, type Azurite } from '@bitewing/testbed/start-azurite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'
import { azurePlace, createAzureBlobs } from './azure-blobs.ts'
import { createObjectStore } from './create-object-store.ts'
import { makeBucket } from './make-bucket.ts'
import { StorageMisconfigured, StorageResidencyRefused } from './object-errors.ts'
import { describeBucket } from './bucket-guarantees.ts'
import { describeObjectStore, inPieces, keyOf, newObject } from './object-store-guarantees.ts'
import { azureContainer } from './open-azure.ts'
import { openBlobs } from './open-blobs.ts'
import { describeTiers } from './tier-guarantees.ts'

let azurite: Azurite
let blobs: BlobStore
const name = 'images'

beforeAll(async () => {
  azurite = await startAzurite()
  await makeBucket({ storageUrl: urlOf(name), credentials: credentialsOf() })
  blobs = (await openBlobs({ storageUrl: urlOf(name), credentials: credentialsOf() })).blobs
})
afterAll(() => azurite.stop())

const urlOf = (container: string, region = 'canadaeast', endpoint = azurite.endpoint) =>
  `azblob://${container}?region=${region}&endpoint=${encodeURIComponent(endpoint)}&prefix=practice/images`
const credentialsOf = (key = azurite.key) => ({ azure: { account: azurite.account, key } })

describeObjectStore('Azurite', () => blobs, 10)
describeTiers('Azurite', () => blobs, { warm: true, cold: 'after-recall', recallHours: 15 })

// Azurite fetches from its archive at once: how Azure says that it is at it stands in its documentation.
test('a blob on its way out of the archive is neither readable nor asked for again', () => {
  const archiveStatus = 'rehydrate-pending-to-hot'
  expect(azurePlace({ accessTier: 'Archive', archiveStatus })).toEqual({ tier: 'cold', read: 'recalling' })
})

const clientOf = (endpoint = azurite.endpoint, container = name, key?: string) =>
  azureContainer(
    { kind: 'azblob', container, region: 'canadaeast', endpoint, prefix: '' },
    credentialsOf(key).azure,
  )

describeBucket('Azurite', {
  open: ({ endpoint, bucket, wrongSecret = false, ...options } = {}) =>
    createAzureBlobs({
      container: clientOf(endpoint, bucket, wrongSecret ? Buffer.alloc(64).toString('base64') : undefined),
      prefix: 'practice/images/',
      ...options,
    }),
  endpoint: () => azurite.endpoint,
  secrets: () => [azurite.key, azurite.account],
  async putForeign(path, bytes) {
    await clientOf().getBlockBlobClient(`practice/images/${path}`).upload(bytes, bytes.length)
  },
  unfinished: async () => 0, // uncommitted blocks show nowhere: Azure drops them
  storage: () => ({ storageUrl: urlOf(name), credentials: credentialsOf() }),
})

describe('residency', () => {
  const open = (region: string, residencyDecision?: string) =>
    openBlobs({ storageUrl: urlOf(name, region), credentials: credentialsOf(), residencyDecision })

  test('an account in canadaeast is opened, one elsewhere by a decision that names its region', async () => {
    expect((await open('canadaeast')).residency).toEqual({ region: 'canadaeast', reason: null })
    await expect(open('westeurope')).rejects.toThrow(StorageResidencyRefused)
    await expect(open('westeurope', 'canadacentral: board of 2026-01-05, A. Roy')).rejects.toThrow(
      'westeurope',
    )
    expect((await open('westeurope', 'westeurope: board of 2026-01-05, A. Roy')).residency).toEqual({
      region: 'westeurope',
      reason: 'board of 2026-01-05, A. Roy',
    })
  })
})

test('a container is made where it is missing, and left as it is where it is there', async () => {
  const storageUrl = urlOf('made-here')
  expect(await makeBucket({ storageUrl, credentials: credentialsOf() })).toBe('made')
  const opened = await openBlobs({ storageUrl, credentials: credentialsOf() })
  const store = createObjectStore({ blobs: opened.blobs, tenantKeys: keyOf })
  const object = newObject()
  await store.put(object, inPieces(Buffer.from('kept'), 4))
  expect(await makeBucket({ storageUrl, credentials: credentialsOf() })).toBe('held')
  expect(await store.head(object)).toEqual({ bytes: 4 })
})

test('without an account, or without a key or token for it, the start says which variables are missing', async () => {
  await expect(openBlobs({ storageUrl: urlOf(name) })).rejects.toThrow(StorageMisconfigured)
  await expect(openBlobs({ storageUrl: urlOf(name) })).rejects.toThrow('AZURE_STORAGE_KEY')
})
