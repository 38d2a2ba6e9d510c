import { KeyUnusable } from './object-errors.ts'
import { homeRegions } from './storage-url.ts'

/** A key of AWS KMS. */
export type KmsKeyLocation = {
  keyId: string // id, ARN, or `alias/name`
  region: string
  endpoint: string | undefined // undefined: AWS itself
}

/**
 * Reads `MASTER_KEY_URL`: `aws-kms://KEY?region=…&endpoint=…`, where KEY is a key's id, its ARN, or `alias/name`.
 *
 * `region` is the ARN's, else `ca-central-1`.
 *
 * @throws {KeyUnusable} whose message names what is wrong and repeats no value
 */
export function parseMasterKeyUrl(masterKeyUrl: string): KmsKeyLocation {
  // An ARN has colons where a URL has its port: not every right one is a URL to the parser.
  const [, key = '', query = ''] = /^aws-kms:\/\/\/?([^?#]+)(?:\?([^#]*))?$/.exec(masterKeyUrl) ?? []
  if (key === '') throw new KeyUnusable('MASTER_KEY_URL is not of the form aws-kms://KEY?region=…')
  if (
    !/^(alias\/[\w/-]{1,250}|(mrk-)?[0-9a-f-]{32,36}|arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]{1,250})$/.test(
      key,
    )
  ) {
    throw new KeyUnusable("MASTER_KEY_URL names a key by its id, its ARN, or 'alias/' with its alias")
  }
  const parameters = new URLSearchParams(query)
  if ([...parameters.keys()].some((name) => name !== 'region' && name !== 'endpoint')) {
    throw new KeyUnusable('MASTER_KEY_URL: a parameter is not known; there are region and endpoint')
  }
  const endpoint = parameters.get('endpoint') ?? undefined
  const address = endpoint === undefined ? null : URL.parse(endpoint)
  if (
    endpoint !== undefined &&
    (!address || !/^https?:$/.test(address.protocol) || address.username !== '')
  ) {
    throw new KeyUnusable('MASTER_KEY_URL: endpoint must be an http or https address, without credentials')
  }
  const ofArn = /^arn:[^:]*:kms:([^:]+):/.exec(key)?.[1]
  const region = parameters.get('region') ?? ofArn ?? homeRegions.s3
  if (!/^[a-z0-9-]+$/.test(region) || (ofArn !== undefined && region !== ofArn)) {
    throw new KeyUnusable("MASTER_KEY_URL: region is malformed, or another than the key's own")
  }
  return { keyId: key, region, endpoint }
}
