import { startKeyService, type KeyService } from '@bitewing/testbed/start-key-service'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { generateDataKey, unwrapDataKey, wrapDataKey } from './data-key.ts'
import type { MasterKey } from './master-key.ts'
import { KeyServiceAway, KeyServiceRefused, KeyUnusable } from './object-errors.ts'
import { openMasterKeys } from './open-master-keys.ts'

let service: KeyService
let masterKey: MasterKey
beforeAll(async () => {
  service = await startKeyService()
  masterKey = await open({})
})
beforeEach(() => service.become('answering'))
afterAll(async () => {
  masterKey.close()
  await service.stop()
})

const tenantId = '11111111-1111-4111-8111-111111111111'

async function open({
  key = 'alias/bitewing',
  at = service,
  secret = at.secretAccessKey,
  region = at.region,
}: {
  key?: string
  at?: KeyService
  secret?: string
  region?: string
}): Promise<MasterKey> {
  const url = `aws-kms://${key}?region=${region}&endpoint=${encodeURIComponent(at.endpoint)}`
  const variables = { AWS_ACCESS_KEY_ID: at.accessKeyId, AWS_SECRET_ACCESS_KEY: secret }
  return (await openMasterKeys({ MASTER_KEY_URL: url, ...variables }))[0]
}

test('a data key wrapped by the service opens for its tenant, by whichever name the key goes', async () => {
  const dataKey = generateDataKey()
  const wrapped = await wrapDataKey({ masterKey, tenantId, dataKey })
  expect(wrapped[0]).toBe(2)
  expect(wrapped.includes(dataKey)).toBe(false)
  for (const key of [service.keyId, `arn:aws:kms:ca-central-1:111122223333:key/${service.keyId}`]) {
    const named = await open({ key })
    expect(await unwrapDataKey({ masterKeys: [named], tenantId, wrapped })).toEqual(dataKey)
    named.close()
  }
})

test('another tenant, another key of another service, or any changed byte is refused', async () => {
  const wrapped = await wrapDataKey({ masterKey, tenantId, dataKey: generateDataKey() })
  await expect(unwrapDataKey({ masterKeys: [masterKey], tenantId: 'other', wrapped })).rejects.toThrow(
    KeyUnusable,
  )
  for (let position = 0; position < wrapped.length; position += 5) {
    const changed = Buffer.from(wrapped)
    changed[position] = (changed[position] ?? 0) ^ 1
    await expect(
      unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped: changed }),
      String(position),
    ).rejects.toThrow(KeyUnusable)
  }
  const another = await startKeyService()
  const theirs = await open({ at: another })
  await expect(unwrapDataKey({ masterKeys: [theirs], tenantId, wrapped })).rejects.toThrow(
    'another master key',
  )
  theirs.close()
  await another.stop()
})

test('what is wrong with the key or the credentials is said at the start, and repeats neither', async () => {
  const signing = await startKeyService({ usage: 'SIGN_VERIFY' })
  const wrong = {
    InvalidSignatureException: () => open({ secret: 'not the secret' }),
    NotFoundException: () => open({ key: 'alias/another' }),
    'not a symmetric one': () => open({ at: signing }),
  }
  for (const [said, attempt] of Object.entries(wrong)) {
    const error: unknown = await attempt().catch((thrown: unknown) => thrown)
    expect(error, said).toBeInstanceOf(KeyServiceRefused)
    expect(String(error)).toContain(said)
    expect(String(error)).not.toMatch(/arn:|AKIA|not the secret|alias/)
    expect(error).not.toHaveProperty('cause')
  }
  await expect(open({ region: 'us-east-1' })).rejects.toThrow('InvalidSignatureException')
  service.become('disabled')
  await expect(open({})).rejects.toThrow('not enabled: Disabled')
  await signing.stop()
})

test('a service that is away or was told to refuse is told from a key that is wrong', async () => {
  const wrapped = await wrapDataKey({ masterKey, tenantId, dataKey: generateDataKey() })
  const unwrap = () => unwrapDataKey({ masterKeys: [masterKey], tenantId, wrapped })
  await masterKey.check()
  service.become('disabled')
  await expect(unwrap()).rejects.toThrow(KeyServiceRefused)
  const gone = await startKeyService()
  const lost = await open({ at: gone })
  await gone.stop()
  await expect(wrapDataKey({ masterKey: lost, tenantId, dataKey: generateDataKey() })).rejects.toThrow(
    KeyServiceAway,
  )
  await expect(lost.check()).rejects.toThrow(KeyServiceAway)
  lost.close()
  service.become('answering')
  expect(await unwrap()).toHaveLength(32)
})

test('anybody may ask whether the system is ready: the service is asked once in some seconds', async () => {
  const asked = await open({})
  const before = service.asked.length
  for (let time = 0; time < 20; time++) await asked.check()
  expect(service.asked.slice(before)).toEqual(['DescribeKey'])
  asked.close()
})

test('a URL that names no key, or the key twice, is refused before anything is asked', async () => {
  const refused = [
    'aws-kms://',
    'aws-kms://bitewing',
    'aws-kms://alias/bitewing?regoin=ca-central-1',
    'aws-kms://alias/bitewing?region=CA',
    'aws-kms://alias/bitewing?endpoint=ftp://127.0.0.1',
    'aws-kms://alias/bitewing?endpoint=http://user:secret@127.0.0.1',
    'aws-kms://arn:aws:kms:us-east-1:111122223333:key/1234?region=ca-central-1',
    'vault://transit/bitewing',
  ]
  for (const url of refused) {
    await expect(openMasterKeys({ MASTER_KEY_URL: url }), url).rejects.toThrow(KeyUnusable)
  }
  const both = { MASTER_KEY_URL: 'aws-kms://alias/bitewing', MASTER_KEY_FILE: '/run/master-key' }
  await expect(openMasterKeys(both)).rejects.toThrow('both by a URL')
})
