import { createHash } from 'node:crypto'
import { DecryptCommand, DescribeKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { asKeyService } from './as-key-service.ts'
import type { KmsKeyLocation } from './master-key-url.ts'
import type { MasterKey } from './master-key.ts'
import { KeyServiceRefused, KeyUnusable } from './object-errors.ts'

/** Undefined: the SDK's own search (files, container and instance roles). */
export type KmsCredentials =
  { accessKeyId: string; secretAccessKey: string; sessionToken: string | undefined } | undefined

// Somebody waits for an image meanwhile, and a health check for 3 s.
const connectMsMax = 2_000
const answerMsMax = 2_500
const attemptsMax = 2
/** `/readyz` can be asked by anybody, and each question to AWS is paid for. */
const checkedMsMax = 5_000

/**
 * Opens a symmetric key of AWS KMS, which wraps data keys and never leaves it. Needs `kms:DescribeKey`, `kms:Encrypt`
 * and `kms:Decrypt`. The tenant is bound as encryption context: KMS refuses to unwrap for another, and writes the
 * context, no key, into CloudTrail.
 *
 * @throws {KeyServiceRefused} there is no such key for us, it is disabled, or it is not one that encrypts
 * @throws {KeyServiceAway}
 */
export async function openAwsKmsKey(
  { keyId, region, endpoint }: KmsKeyLocation,
  credentials: KmsCredentials,
): Promise<MasterKey> {
  const client = new KMSClient({
    region,
    endpoint,
    credentials,
    maxAttempts: attemptsMax,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: connectMsMax,
      requestTimeout: answerMsMax,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 8 },
      httpsAgent: { keepAlive: true, maxSockets: 8 },
    },
  })
  const describe = async () => {
    const { KeyMetadata: key } = await asKeyService(() =>
      client.send(new DescribeKeyCommand({ KeyId: keyId })),
    )
    if (key?.KeyId === undefined) throw new KeyServiceRefused('the key service tells nothing of the key')
    if (key.KeyState !== 'Enabled') {
      throw new KeyServiceRefused(`the key in the key service is not enabled: ${key.KeyState ?? 'unknown'}`)
    }
    if (key.KeyUsage !== 'ENCRYPT_DECRYPT' || key.KeySpec !== 'SYMMETRIC_DEFAULT') {
      throw new KeyServiceRefused('the key in the key service is not a symmetric one that encrypts')
    }
    return key
  }
  const { KeyId: id, AWSAccountId: account = '' } = await describe().catch((error: unknown) => {
    client.destroy()
    throw error
  })

  let checked: { at: number; answer: Promise<unknown> } | null = null
  const context = (boundTo: string) => ({ 'bitewing:data-key-of': boundTo })
  return {
    version: 2,
    // Of the key itself, whatever alias or address leads to it; a replica in another region has the same.
    id: createHash('sha256').update(`bitewing kms key id v1\0${account}\0${id}`).digest().subarray(0, 8),
    kind: 'service',
    async wrap(dataKey, boundTo) {
      const { CiphertextBlob: wrapped } = await asKeyService(() =>
        client.send(
          new EncryptCommand({ KeyId: id, Plaintext: dataKey, EncryptionContext: context(boundTo) }),
        ),
      )
      if (wrapped === undefined) throw new KeyUnusable('the key service gave no wrapped key')
      return Buffer.from(wrapped)
    },
    async unwrap(wrapped, boundTo) {
      const { Plaintext: dataKey } = await asKeyService(() =>
        client.send(
          new DecryptCommand({ KeyId: id, CiphertextBlob: wrapped, EncryptionContext: context(boundTo) }),
        ),
      )
      if (dataKey === undefined) throw new KeyUnusable('the key service gave no key')
      return Buffer.from(dataKey)
    },
    derive: () => null,
    async check() {
      const now = performance.now()
      if (checked === null || now - checked.at > checkedMsMax) {
        const answer = describe()
        answer.catch(() => undefined)
        checked = { at: now, answer }
      }
      await checked.answer
    },
    close: () => client.destroy(),
  }
}
