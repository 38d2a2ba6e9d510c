import { S3Client } from '@aws-sdk/client-s3'
import type { S3Credentials } from './storage-credentials.ts'

type Options = {
  region: string
  endpoint: string | undefined
  pathStyle: boolean
  /** undefined: the SDK's own search (files, container and instance roles) */
  credentials: S3Credentials | undefined
}

// A store that is down must show within seconds; a part of 8 MiB must get through a practice's 2 Mbit/s uplink.
const connectMsMax = 3_000
const answerMsMax = 60_000
const attemptsMax = 3
const connectionsMax = 64

/** An S3 client whose every wait and retry is bounded. */
export function createS3Client({ region, endpoint, pathStyle, credentials }: Options): S3Client {
  return new S3Client({
    region,
    endpoint,
    forcePathStyle: pathStyle,
    credentials,
    maxAttempts: attemptsMax,
    retryMode: 'standard',
    // The SDK's own CRC32 needs aws-chunked for streams, which Swift and older servers refuse. Nothing is lost:
    // bodies are buffers, whose SHA-256 is signed, and each chunk carries a tag of its own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectMsMax,
      requestTimeout: answerMsMax, // from sending to the answer's head; the body's own limit is `stallMsMax`
      throwOnRequestTimeout: true,
      socketTimeout: 0, // would cut a download that a slow reader holds back
      httpAgent: { keepAlive: true, maxSockets: connectionsMax },
      httpsAgent: { keepAlive: true, maxSockets: connectionsMax },
    },
  })
}
