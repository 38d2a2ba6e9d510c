export type S3Credentials = {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

/** One of `key` and `sasToken` is there. */
export type AzureCredentials = {
  account: string
  key?: string | undefined
  sasToken?: string | undefined
}

/** What each kind of store is opened with; undefined leaves S3 and Google to their SDKs' own search. */
export type StorageCredentials = {
  s3?: S3Credentials | undefined
  azure?: AzureCredentials | undefined
  /** absolute path of a service account's key, or of another credentials file of Google's */
  googleKeyFile?: string | undefined
}
