import { expect, test } from 'vitest'
import { readEnvironment } from './environment.ts'

test('without any variable everything is embedded, on the ports of the contract', () => {
  expect(readEnvironment({})).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    dicomPort: 4242,
    orthancPort: 8042,
    databaseUrl: null,
    orthancUrl: null,
    demo: true,
  })
  expect(readEnvironment({ PORT: '' }).port).toBe(8080)
  expect(readEnvironment({}).dataFolder).toMatch(/\/\.data$/)
  expect(readEnvironment({}).storageUrl).toMatch(/^file:\/\/\/.*\/\.data\/objects$/)
})

test('every bad variable is named, and no value is', () => {
  const secret = 'hunter2'
  const read = () =>
    readEnvironment({
      PORT: `80 ${secret}`,
      DICOM_PORT: '70000',
      DATABASE_URL: `mysql://root:${secret}@somewhere`,
      STORAGE_URL: secret,
      BITEWING_DEMO: 'perhaps',
    })

  expect(read).toThrow(
    /PORT: [\s\S]*DICOM_PORT: [\s\S]*DATABASE_URL: [\s\S]*STORAGE_URL: [\s\S]*BITEWING_DEMO: /,
  )
  expect(read).not.toThrow(secret)
})

test('a URL for a part means that its embedded counterpart is not wanted', () => {
  const settings = readEnvironment({
    DATABASE_URL: 'postgres://app@db/bitewing',
    ORTHANC_URL: 'http://orthanc:8042',
    STORAGE_URL: 's3://images?region=ca-central-1',
  })

  expect(settings.databaseUrl).toBe('postgres://app@db/bitewing')
  expect(settings.orthancUrl).toBe('http://orthanc:8042')
  expect(settings.storageUrl).toBe('s3://images?region=ca-central-1')
})

test("an owner's URL alone is refused: it would migrate one database and serve another", () => {
  expect(() => readEnvironment({ DATABASE_OWNER_URL: 'postgres://owner@db/bitewing' })).toThrow(
    /DATABASE_OWNER_URL/,
  )
})

test("of the rest of the environment only the gateway's own variables are handed on", () => {
  const { handedOn } = readEnvironment({
    AWS_REGION: 'ca-central-1',
    STOW_BODY_BYTES_MAX: '5',
    SEARCH_BYTES_MAX: '6',
    FRAME_BYTES_MAX: '7',
    QUERY_TIMEOUT_MS: '8',
    HOME: '/x',
    EDITOR: 'ed',
  })

  expect(handedOn).toEqual({
    AWS_REGION: 'ca-central-1',
    STOW_BODY_BYTES_MAX: '5',
    SEARCH_BYTES_MAX: '6',
    FRAME_BYTES_MAX: '7',
    QUERY_TIMEOUT_MS: '8',
  })
})
