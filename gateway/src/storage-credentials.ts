import type { Environment } from './environment.ts'
import type { StorageCredentials } from './object-store/storage-credentials.ts'

export type StorageKeys = Pick<
  Environment,
  | 'AWS_ACCESS_KEY_ID'
  | 'AWS_SECRET_ACCESS_KEY'
  | 'AWS_SESSION_TOKEN'
  | 'AZURE_STORAGE_ACCOUNT'
  | 'AZURE_STORAGE_KEY'
  | 'AZURE_STORAGE_SAS_TOKEN'
  | 'GOOGLE_APPLICATION_CREDENTIALS'
>

/** The credentials of the environment; what is not there is left to the SDKs' own search, where they have one. */
export function storageCredentials(environment: StorageKeys): StorageCredentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AZURE_STORAGE_ACCOUNT: account,
    AZURE_STORAGE_KEY: key,
    AZURE_STORAGE_SAS_TOKEN: sasToken,
    GOOGLE_APPLICATION_CREDENTIALS: googleKeyFile,
  } = environment
  return {
    s3: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken } : undefined,
    azure: account && (key || sasToken) ? { account, key, sasToken } : undefined,
    googleKeyFile,
  }
}
