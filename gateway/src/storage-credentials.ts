import type { Environment } from './environment.ts'
import type { S3Credentials } from './object-store/index.ts'

export type StorageKeys = Pick<
  Environment,
  'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' | 'AWS_SESSION_TOKEN'
>

/** The bucket's credentials of the environment, to spread; none leaves it to the AWS SDK's own search. */
export function storageCredentials({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
}: StorageKeys): { credentials?: S3Credentials } {
  return accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey, sessionToken } } : {}
}
