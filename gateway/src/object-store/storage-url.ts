import { fileURLToPath } from 'node:url'
import { StorageMisconfigured } from './object-errors.ts'

export type StorageLocation =
  | { kind: 'file'; root: string }
  | {
      kind: 's3'
      bucket: string
      region: string
      endpoint: string | undefined // undefined: AWS itself
      prefix: string // '' or a path ending in '/'
      pathStyle: boolean // https://host/bucket/key instead of https://bucket.host/key
    }

/** Patients' images of a Québec practice stay in Canada unless somebody decided otherwise. */
export const homeRegion = 'ca-central-1'

const s3Parameters: ReadonlySet<string> = new Set(['region', 'endpoint', 'prefix', 'path-style'])

/**
 * Reads `STORAGE_URL`: `file:///path` or `s3://bucket?region=…&endpoint=…&prefix=…&path-style=1`.
 *
 * `region` defaults to `ca-central-1`; `path-style` to 1 when an endpoint is named, else 0.
 *
 * @throws {StorageMisconfigured} whose message names what is wrong and repeats no value
 */
export function parseStorageUrl(storageUrl: string): StorageLocation {
  if (!URL.canParse(storageUrl)) throw new StorageMisconfigured('STORAGE_URL is not a URL')
  const url = new URL(storageUrl)
  if (url.username !== '' || url.password !== '') {
    throw new StorageMisconfigured(
      'STORAGE_URL holds credentials: give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    )
  }
  switch (url.protocol) {
    case 'file:':
      return fileLocation(url)
    case 's3:':
      return s3Location(url)
    case 'azblob:':
    case 'gs:':
      throw new StorageMisconfigured(
        `STORAGE_URL: ${url.protocol}// is not in this release; file:// and s3:// are`,
      )
    default:
      throw new StorageMisconfigured('STORAGE_URL: only file:// and s3:// are known')
  }
}

function fileLocation(url: URL): StorageLocation {
  if (url.host !== '' || url.search !== '' || url.hash !== '') {
    throw new StorageMisconfigured(
      'STORAGE_URL: a folder is written file:///path, with three slashes and no parameters',
    )
  }
  const root = fileURLToPath(url).replace(/\/+$/, '')
  if (root === '') throw new StorageMisconfigured('STORAGE_URL: the root of the disk cannot be the store')
  return { kind: 'file', root }
}

function s3Location(url: URL): StorageLocation {
  const bucket = url.host
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket)) {
    throw new StorageMisconfigured('STORAGE_URL: s3:// needs the name of a bucket')
  }
  if (url.pathname !== '' && url.pathname !== '/') {
    throw new StorageMisconfigured('STORAGE_URL: a folder in the bucket is given as prefix=')
  }
  for (const name of url.searchParams.keys()) {
    if (!s3Parameters.has(name)) throw new StorageMisconfigured('STORAGE_URL: a parameter is not known')
  }
  const region = url.searchParams.get('region') ?? homeRegion
  if (!/^[a-z0-9-]+$/.test(region)) throw new StorageMisconfigured('STORAGE_URL: region is malformed')

  const endpoint = url.searchParams.get('endpoint') ?? undefined
  if (endpoint !== undefined && !isEndpoint(endpoint)) {
    throw new StorageMisconfigured(
      'STORAGE_URL: endpoint must be an http or https address, without credentials',
    )
  }
  const pathStyle = url.searchParams.get('path-style') ?? (endpoint === undefined ? '0' : '1')
  if (pathStyle !== '0' && pathStyle !== '1')
    throw new StorageMisconfigured('STORAGE_URL: path-style is 0 or 1')

  const prefix = (url.searchParams.get('prefix') ?? '').replace(/\/+$/, '')
  if (!/^([A-Za-z0-9._=-]+(\/[A-Za-z0-9._=-]+)*)?$/.test(prefix) || prefix.length > 200) {
    throw new StorageMisconfigured('STORAGE_URL: prefix may hold letters, digits and . _ = - / alone')
  }
  return {
    kind: 's3',
    bucket,
    region,
    endpoint,
    prefix: prefix && `${prefix}/`,
    pathStyle: pathStyle === '1',
  }
}

function isEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false
  const { protocol, username, password } = new URL(endpoint)
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === ''
}
