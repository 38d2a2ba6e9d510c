import { expect, test } from 'vitest'
import { StorageMisconfigured } from './object-errors.ts'
import { parseStorageUrl } from './storage-url.ts'

test('a folder', () => {
  expect(parseStorageUrl('file:///var/lib/bitewing/')).toEqual({
    kind: 'file',
    root: '/var/lib/bitewing',
    coldRoot: null,
  })
  expect(parseStorageUrl('file:///with%20space')).toMatchObject({ root: '/with space' })
  expect(parseStorageUrl('file:///disk/objects?cold=/slow%20disk/objects/')).toMatchObject({
    root: '/disk/objects',
    coldRoot: '/slow disk/objects',
  })
})

test('the URL says where what is cold goes', () => {
  expect(parseStorageUrl('s3://images?cold=DEEP_ARCHIVE')).toMatchObject({ coldClass: 'DEEP_ARCHIVE' })
  expect(parseStorageUrl('azblob://images?region=canadaeast&cold=Cold')).toMatchObject({ coldTier: 'Cold' })
})

test('a bucket lies in Canada unless the URL says otherwise', () => {
  expect(parseStorageUrl('s3://images')).toEqual({
    kind: 's3',
    bucket: 'images',
    region: 'ca-central-1',
    endpoint: undefined,
    prefix: '',
    coldClass: 'GLACIER',
    pathStyle: false,
  })
})

test("a bucket of one's own server", () => {
  const url = 's3://images?region=eu-1&endpoint=http://127.0.0.1:9000&prefix=a/b'
  expect(parseStorageUrl(url)).toEqual({
    kind: 's3',
    bucket: 'images',
    region: 'eu-1',
    endpoint: 'http://127.0.0.1:9000',
    prefix: 'a/b/',
    coldClass: 'GLACIER',
    pathStyle: true,
  })
  expect(parseStorageUrl(`${url}&path-style=0`)).toMatchObject({ pathStyle: false })
})

test('an Azure container names the region of its account, which cannot be asked', () => {
  expect(parseStorageUrl('azblob://images?region=canadaeast&prefix=a')).toEqual({
    kind: 'azblob',
    container: 'images',
    region: 'canadaeast',
    endpoint: undefined,
    prefix: 'a/',
    coldTier: 'Archive',
  })
  expect(() => parseStorageUrl('azblob://images')).toThrow('region=canadaeast')
})

test('a Google bucket says itself where it lies', () => {
  expect(parseStorageUrl('gs://images?prefix=a')).toEqual({
    kind: 'gs',
    bucket: 'images',
    endpoint: undefined,
    prefix: 'a/',
  })
})

test('a mistake is refused without repeating what was given', () => {
  const refused = [
    'hunter2',
    'ftp://hunter2',
    'file://hunter2/x',
    'file:///',
    'file:///hunter2?x=1',
    'file:///disk?cold=hunter2',
    'file:///disk?cold=/disk/hunter2',
    's3://bucket?cold=hunter2',
    'azblob://images?region=canadaeast&cold=hunter2',
    'gs://images?cold=hunter2',
    's3://',
    's3://se',
    's3://hunter2/folder',
    's3://key:hunter2@bucket',
    's3://bucket?hunter2=1',
    's3://bucket?region=HUNTER2',
    's3://bucket?endpoint=hunter2',
    's3://bucket?endpoint=http://user:hunter2@host',
    's3://bucket?path-style=hunter2',
    's3://bucket?prefix=../hunter2%20',
    'azblob://hunter2--x?region=canadaeast',
    'azblob://images?region=canadaeast&path-style=1',
    'azblob://images?region=canadaeast&hunter2=1',
    'azblob://images/hunter2?region=canadaeast',
    'gs://h',
    'gs://images?region=hunter2',
    'gs://key:hunter2@images',
  ]
  for (const url of refused) {
    expect(() => parseStorageUrl(url), url).toThrow(StorageMisconfigured)
    expect(() => parseStorageUrl(url), url).not.toThrow(/hunter2/i)
  }
})
