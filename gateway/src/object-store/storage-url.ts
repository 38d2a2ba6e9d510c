import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StorageMisconfigured } from './object-errors.ts'

export type S3Location = {
  kind: 's3'
  bucket: string
  region: string
  endpoint: string | undefined // undefined: AWS itself
  prefix: string // '' or a path ending in '/'
  coldClass: S3ColdClass // storage class of what is cold
  pathStyle: boolean // https://host/bucket/key instead of https://bucket.host/key
}

export type AzureLocation = {
  kind: 'azblob'
  container: string
  region: string // of the account, as the operator says
  endpoint: string | undefined // of the account; undefined: https://{account}.blob.core.windows.net
  prefix: string
  coldTier: AzureColdTier // access tier of what is cold
}

export type GoogleLocation = {
  kind: 'gs'
  bucket: string
  endpoint: string | undefined // undefined: Google itself
  prefix: string
}

type FileLocation = {
  kind: 'file'
  root: string
  coldRoot: string | null // a second folder, on a cheaper disk
}

export type StorageLocation = FileLocation | S3Location | AzureLocation | GoogleLocation

const s3ColdClasses = ['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR'] as const
export type S3ColdClass = (typeof s3ColdClasses)[number]
const azureColdTiers = ['Archive', 'Cold'] as const
export type AzureColdTier = (typeof azureColdTiers)[number]

/** Patients' images of a Québec practice stay in Canada unless somebody decided otherwise. */
export const homeRegions = {
  s3: 'ca-central-1',
  azblob: 'canadaeast',
  gs: 'northamerica-northeast1',
} as const

/**
 * Reads `STORAGE_URL`: `file:///path?cold=/path`, `s3://bucket?region=…&endpoint=…&prefix=…&path-style=1`,
 * `azblob://container?region=…&endpoint=…&prefix=…` or `gs://bucket?endpoint=…&prefix=…`.
 *
 * `cold` says where what is cold goes: a second folder; one of the storage classes `GLACIER` (the default),
 * `DEEP_ARCHIVE` and `GLACIER_IR`; one of the access tiers `Archive` (the default) and `Cold`.
 *
 * `region` defaults to `ca-central-1` for S3, and has to be named for Azure, which cannot be asked; `path-style` to 1
 * when an endpoint is named, else 0.
 *
 * @throws {StorageMisconfigured} whose message names what is wrong and repeats no value
 */
export function parseStorageUrl(storageUrl: string): StorageLocation {
  if (!URL.canParse(storageUrl)) throw new StorageMisconfigured('STORAGE_URL is not a URL')
  const url = new URL(storageUrl)
  if (url.username !== '' || url.password !== '') {
    throw new StorageMisconfigured(
      'STORAGE_URL holds credentials: give them by variables such as AWS_ACCESS_KEY_ID and AZURE_STORAGE_KEY',
    )
  }
  switch (url.protocol) {
    case 'file:':
      return fileLocation(url)
    case 's3:':
      return s3Location(url)
    case 'azblob:':
      return azureLocation(url)
    case 'gs:':
      return googleLocation(url)
    default:
      throw new StorageMisconfigured('STORAGE_URL: file://, s3://, azblob:// and gs:// are known')
  }
}

function fileLocation(url: URL): StorageLocation {
  if (url.host !== '' || url.hash !== '' || [...url.searchParams.keys()].some((name) => name !== 'cold')) {
    throw new StorageMisconfigured(
      'STORAGE_URL: a folder is written file:///path, with three slashes and no parameters but cold=',
    )
  }
  const root = fileURLToPath(url).replace(/\/+$/, '')
  if (root === '') throw new StorageMisconfigured('STORAGE_URL: the root of the disk cannot be the store')
  const cold = url.searchParams.get('cold')?.replace(/\/+$/, '') ?? null
  if (cold !== null && (!isAbsolute(cold) || isWithin(root, cold) || isWithin(cold, root))) {
    throw new StorageMisconfigured('STORAGE_URL: cold= is the absolute path of a folder apart from the first')
  }
  return { kind: 'file', root, coldRoot: cold }
}

function s3Location(url: URL): S3Location {
  const bucket = url.host
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket)) {
    throw new StorageMisconfigured('STORAGE_URL: s3:// needs the name of a bucket')
  }
  const { region = homeRegions.s3, endpoint, prefix, pathStyle, cold } = bucketParameters(url, s3Parameters)
  return {
    kind: 's3',
    bucket,
    region,
    endpoint,
    prefix,
    coldClass: oneOf(cold, s3ColdClasses),
    pathStyle: pathStyle === undefined ? endpoint !== undefined : pathStyle === '1',
  }
}

function azureLocation(url: URL): AzureLocation {
  const container = url.host
  if (!/^[a-z0-9](-?[a-z0-9]){2,62}$/.test(container)) {
    throw new StorageMisconfigured('STORAGE_URL: azblob:// needs the name of a container')
  }
  const { region, endpoint, prefix, cold } = bucketParameters(url, azureParameters)
  if (region === undefined) {
    throw new StorageMisconfigured(
      `STORAGE_URL: azblob:// needs the region of the storage account, such as region=${homeRegions.azblob}`,
    )
  }
  const coldTier = oneOf(cold, azureColdTiers)
  return { kind: 'azblob', container, region, endpoint: endpoint?.replace(/\/+$/, ''), prefix, coldTier }
}

function googleLocation(url: URL): GoogleLocation {
  const bucket = url.host
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket)) {
    throw new StorageMisconfigured('STORAGE_URL: gs:// needs the name of a bucket')
  }
  const { endpoint, prefix } = bucketParameters(url, googleParameters)
  return { kind: 'gs', bucket, endpoint, prefix }
}

/** The parameters that stores of all kinds may have, checked. */
function bucketParameters(url: URL, known: ReadonlySet<string>) {
  if (url.pathname !== '' && url.pathname !== '/') {
    throw new StorageMisconfigured('STORAGE_URL: a folder in the bucket is given as prefix=')
  }
  for (const name of url.searchParams.keys()) {
    if (!known.has(name)) throw new StorageMisconfigured('STORAGE_URL: a parameter is not known')
  }
  const region = url.searchParams.get('region') ?? undefined
  if (region !== undefined && !/^[a-z0-9-]+$/.test(region)) {
    throw new StorageMisconfigured('STORAGE_URL: region is malformed')
  }
  const endpoint = url.searchParams.get('endpoint') ?? undefined
  if (endpoint !== undefined && !isEndpoint(endpoint)) {
    throw new StorageMisconfigured(
      'STORAGE_URL: endpoint must be an http or https address, without credentials',
    )
  }
  const pathStyle = url.searchParams.get('path-style') ?? undefined
  if (pathStyle !== undefined && pathStyle !== '0' && pathStyle !== '1') {
    throw new StorageMisconfigured('STORAGE_URL: path-style is 0 or 1')
  }
  const prefix = (url.searchParams.get('prefix') ?? '').replace(/\/+$/, '')
  if (!/^([A-Za-z0-9._=-]+(\/[A-Za-z0-9._=-]+)*)?$/.test(prefix) || prefix.length > 200) {
    throw new StorageMisconfigured('STORAGE_URL: prefix may hold letters, digits and . _ = - / alone')
  }
  const cold = url.searchParams.get('cold') ?? undefined
  return { region, endpoint, prefix: prefix && `${prefix}/`, pathStyle, cold }
}

const s3Parameters: ReadonlySet<string> = new Set(['region', 'endpoint', 'prefix', 'path-style', 'cold'])
const azureParameters: ReadonlySet<string> = new Set(['region', 'endpoint', 'prefix', 'cold'])
const googleParameters: ReadonlySet<string> = new Set(['endpoint', 'prefix'])

/** The first is the default. */
function oneOf<const T extends string>(given: string | undefined, known: readonly [T, ...T[]]): T {
  if (given === undefined) return known[0]
  const found = known.find((one) => one === given)
  if (found === undefined) throw new StorageMisconfigured(`STORAGE_URL: cold is one of ${known.join(', ')}`)
  return found
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function isEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false
  const { protocol, username, password } = new URL(endpoint)
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === ''
}
