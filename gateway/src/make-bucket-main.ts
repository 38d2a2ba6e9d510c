import { readEnvironment } from './environment.ts'
import { makeBucket } from './object-store/make-bucket.ts'
import { storageCredentials } from './storage-credentials.ts'

/** Makes the bucket that STORAGE_URL names where it is missing; run once before gateway and worker start. */
const environment = readEnvironment(process.env)
const words = {
  made: 'The bucket was made.',
  held: 'The bucket is there.',
  absent: 'A folder needs no bucket.',
}
try {
  const found = await makeBucket({
    storageUrl: environment.STORAGE_URL,
    credentials: storageCredentials(environment),
  })
  process.stdout.write(`${words[found]}\n`)
} catch (error) {
  process.stderr.write(
    `The bucket could not be made: ${error instanceof Error ? error.message : 'unknown'}\n`,
  )
  process.exitCode = 1
}
