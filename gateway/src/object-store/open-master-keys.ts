import { open } from 'node:fs/promises'
import { createLocalMasterKey } from './local-master-key.ts'
import { parseMasterKeyUrl } from './master-key-url.ts'
import type { MasterKey, MasterKeys } from './master-key.ts'
import { KeyUnusable } from './object-errors.ts'
import { errorCode } from './on-disk.ts'

const keyBytes = 32

/** The master keys as a configuration names them: each by one of three variables. */
export type MasterKeyVariables = {
  MASTER_KEY?: string | undefined // 32 bytes in base64
  MASTER_KEY_FILE?: string | undefined // path of a file with the same
  MASTER_KEY_URL?: string | undefined // a key of a key service, see `parseMasterKeyUrl`
  MASTER_KEY_PREVIOUS?: string | undefined
  MASTER_KEY_PREVIOUS_FILE?: string | undefined
  MASTER_KEY_PREVIOUS_URL?: string | undefined
} & KmsVariables

/** The key service's own credentials, else those of the bucket, else the SDK's own search. */
type KmsVariables = {
  KMS_ACCESS_KEY_ID?: string | undefined
  KMS_SECRET_ACCESS_KEY?: string | undefined
  KMS_SESSION_TOKEN?: string | undefined
  AWS_ACCESS_KEY_ID?: string | undefined
  AWS_SECRET_ACCESS_KEY?: string | undefined
  AWS_SESSION_TOKEN?: string | undefined
}

/**
 * The master keys that may have wrapped what is stored: the one of the configuration first, then the one before it
 * while it is being replaced. Never makes one: under a new key, by a mistyped path, nothing that is stored could be
 * opened again.
 *
 * @throws {KeyUnusable} when there is none, one is named in two ways, is not 32 bytes in base64, its file may be read
 * by others, or the key service has no such key that encrypts for us
 * @throws {KeyServiceAway} when the key service does not answer
 */
export async function openMasterKeys(variables: MasterKeyVariables): Promise<MasterKeys> {
  const { MASTER_KEY: key, MASTER_KEY_FILE: file, MASTER_KEY_URL: url } = variables
  const {
    MASTER_KEY_PREVIOUS: previousKey,
    MASTER_KEY_PREVIOUS_FILE: previousFile,
    MASTER_KEY_PREVIOUS_URL: previousUrl,
  } = variables
  const current = await openMasterKey({ key, file, url }, variables)
  if (!previousKey && !previousFile && !previousUrl) return [current]
  try {
    const previous = { key: previousKey, file: previousFile, url: previousUrl }
    return [current, await openMasterKey(previous, variables)]
  } catch (error) {
    current.close()
    throw error
  }
}

type Named = { key: string | undefined; file: string | undefined; url: string | undefined }

async function openMasterKey({ key, file, url }: Named, variables: KmsVariables): Promise<MasterKey> {
  if (url) {
    // Which of the two is meant would decide who can read everything.
    if (key || file) throw new KeyUnusable('the master key is named both by a URL and by a file or value')
    const location = parseMasterKeyUrl(url)
    const { openAwsKmsKey } = await import('./aws-kms-key.ts') // the SDK for those who use it
    return openAwsKmsKey(location, kmsCredentials(variables))
  }
  if (key) return createLocalMasterKey(parseKey(key))
  if (!file) throw new KeyUnusable('there is no master key')
  return createLocalMasterKey(await readKeyFile(file))
}

function kmsCredentials(variables: KmsVariables) {
  const own = variables.KMS_ACCESS_KEY_ID !== undefined && variables.KMS_ACCESS_KEY_ID !== ''
  const accessKeyId = own ? variables.KMS_ACCESS_KEY_ID : variables.AWS_ACCESS_KEY_ID
  const secretAccessKey = own ? variables.KMS_SECRET_ACCESS_KEY : variables.AWS_SECRET_ACCESS_KEY
  const sessionToken = own ? variables.KMS_SESSION_TOKEN : variables.AWS_SESSION_TOKEN
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken } : undefined
}

async function readKeyFile(path: string): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new KeyUnusable(`the master key file cannot be read (${errorCode(error) ?? 'unknown'})`)
  })
  try {
    const { mode } = await file.stat()
    if ((mode & 0o077) !== 0) throw new KeyUnusable('the master key file may be read by others: chmod 600')
    return parseKey(await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

function parseKey(base64: string): Buffer {
  const text = base64.trim()
  const key = Buffer.from(text, 'base64')
  // Buffer passes over what is not base64: only a text that comes out the same again was one.
  if (key.length !== keyBytes || key.toString('base64') !== text) {
    throw new KeyUnusable('the master key must be 32 bytes in base64')
  }
  return key
}
