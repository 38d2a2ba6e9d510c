import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  randomUUID,
} from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

/** A loopback server that speaks as much of AWS KMS as wrapping a key needs. No emulator of it can be installed here. */
export type KeyService = {
  endpoint: string // http://127.0.0.1:port
  region: string
  accessKeyId: string
  secretAccessKey: string
  keyId: string
  /** names of the requests that were answered, in order, such as `Decrypt` */
  asked: string[]
  /** what it does from now on: answers, or says that the key is disabled */
  become(state: 'answering' | 'disabled'): void
  stop(): Promise<void>
}

const Body = z.object({
  KeyId: z.string(),
  Plaintext: z.base64().optional(),
  CiphertextBlob: z.base64().optional(),
  EncryptionContext: z.record(z.string(), z.string()).default({}),
})
const account = '111122223333'

/**
 * Checks Signature Version 4 of each request by an implementation of its own (not the SDK's), with its date, region,
 * service and body; answers DescribeKey, Encrypt and Decrypt in AWS JSON 1.1, each error by the name AWS gives it; seals
 * under one AES-256 key with the encryption context authenticated, and names the key in what it sealed, as KMS does.
 *
 * @param usage of its key; a signing key is one that cannot wrap
 */
export async function startKeyService({
  usage = 'ENCRYPT_DECRYPT',
}: { usage?: 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' } = {}): Promise<KeyService> {
  const region = 'ca-central-1'
  const credentials = { accessKeyId: 'AKIATESTBED', secretAccessKey: randomBytes(20).toString('hex') }
  const keyId = randomUUID()
  const key = randomBytes(32)
  const arn = `arn:aws:kms:${region}:${account}:key/${keyId}`
  const names = [keyId, arn, 'alias/bitewing', `arn:aws:kms:${region}:${account}:alias/bitewing`]
  const asked: string[] = []
  let state: Parameters<KeyService['become']>[0] = 'answering'

  function answer(operation: string, body: z.infer<typeof Body>): object {
    if (!names.includes(body.KeyId)) throw new Refusal('NotFoundException')
    if (operation === 'DescribeKey') {
      return {
        KeyMetadata: {
          AWSAccountId: account,
          KeyId: keyId,
          Arn: arn,
          KeyState: state === 'disabled' ? 'Disabled' : 'Enabled',
          KeyUsage: usage,
          KeySpec: usage === 'ENCRYPT_DECRYPT' ? 'SYMMETRIC_DEFAULT' : 'ECC_NIST_P256',
        },
      }
    }
    if (state === 'disabled') throw new Refusal('DisabledException')
    if (usage !== 'ENCRYPT_DECRYPT') throw new Refusal('InvalidKeyUsageException')
    const bound = Buffer.from(JSON.stringify(Object.entries(body.EncryptionContext).sort()))
    if (operation === 'Encrypt') {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound)
      const sealed = Buffer.concat([cipher.update(body.Plaintext ?? '', 'base64'), cipher.final()])
      const blob = Buffer.concat([Buffer.from(keyId), nonce, cipher.getAuthTag(), sealed])
      return { KeyId: arn, CiphertextBlob: blob.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
    }
    if (operation === 'Decrypt') {
      const blob = Buffer.from(body.CiphertextBlob ?? '', 'base64')
      if (blob.subarray(0, 36).toString() !== keyId) throw new Refusal('InvalidCiphertextException')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(36, 48)).setAAD(bound)
        decipher.setAuthTag(blob.subarray(48, 64))
        const plain = Buffer.concat([decipher.update(blob.subarray(64)), decipher.final()])
        return { KeyId: arn, Plaintext: plain.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
      } catch {
        throw new Refusal('InvalidCiphertextException')
      }
    }
    throw new Refusal('UnknownOperationException')
  }

  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer) // no encoding is set
      const operation = String(request.headers['x-amz-target']).replace('TrentService.', '')
      let status = 200
      let json: object
      try {
        const body = Buffer.concat(chunks)
        assertSigned(request, body, { ...credentials, region })
        asked.push(operation)
        json = answer(operation, Body.parse(JSON.parse(body.toString())))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        status = 400
        json = { __type: error.message, message: `refused: ${arn}` }
      }
      response.writeHead(status, {
        'Content-Type': 'application/x-amz-json-1.1',
        'x-amzn-RequestId': randomUUID(),
      })
      response.end(JSON.stringify(json))
    })().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // listens on a port

  return {
    endpoint: `http://127.0.0.1:${port}`,
    region,
    ...credentials,
    keyId,
    asked,
    become(next) {
      state = next
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

class Refusal extends Error {}

/** AWS Signature Version 4, written from its specification. @throws {Refusal} */
function assertSigned(
  request: IncomingMessage,
  body: Buffer,
  { accessKeyId, secretAccessKey, region }: { accessKeyId: string; secretAccessKey: string; region: string },
): void {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
  const parts = form.exec(request.headers.authorization ?? '')
  if (!parts) throw new Refusal('MissingAuthenticationTokenException')
  const [, id, day = '', of, service, signedHeaders = '', signature] = parts
  if (id !== accessKeyId) throw new Refusal('UnrecognizedClientException')
  const date = String(request.headers['x-amz-date'])
  const at = Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const isRecent = Math.abs(Date.now() - at) < 5 * 60_000 && date.startsWith(day)
  const signed = signedHeaders.split(';')
  const isWhole = ['host', 'x-amz-date', 'x-amz-target'].every((name) => signed.includes(name))
  if (of !== region || service !== 'kms' || !isRecent || !isWhole)
    throw new Refusal('InvalidSignatureException')

  const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex')
  const canonical = [
    request.method,
    request.url,
    '',
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n')
  const scope = `${day}/${region}/kms/aws4_request`
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const hmac = (key: Buffer | string, data: string) => createHmac('sha256', key).update(data).digest()
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), 'kms'), 'aws4_request')
  if (hmac(signingKey, text).toString('hex') !== signature) throw new Refusal('InvalidSignatureException')
}
