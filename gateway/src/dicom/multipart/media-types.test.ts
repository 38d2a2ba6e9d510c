import { describe, expect, test } from 'vitest'
import { parseMediaType, parseMediaTypes } from './media-types.ts'

function plain(header: string) {
  return parseMediaTypes(header).map(({ essence, parameters, q }) => ({
    essence,
    ...Object.fromEntries(parameters),
    q,
  }))
}

describe('parseMediaTypes', () => {
  const octets = {
    essence: 'multipart/related',
    type: 'application/octet-stream',
    'transfer-syntax': '*',
    q: 1,
  }

  test.each([
    ['Cornerstone', 'multipart/related; type=application/octet-stream; transfer-syntax=*'],
    ['OHIF', 'multipart/related; type="application/octet-stream"; transfer-syntax="*"'],
    ['no spaces', 'multipart/related;type="application/octet-stream";transfer-syntax=*'],
    [
      'other order, case and spaces',
      ' Multipart/Related ;  Transfer-Syntax = * ; TYPE = application/octet-stream ',
    ],
  ])('%s', (_, header) => {
    const [found] = plain(header)
    expect(found).toEqual(octets)
  })

  test('several with quality, in the order given', () => {
    expect(plain('image/webp, image/jpeg;q=0.8 , */*; q=.1,,text/html;q=7;level=1,')).toEqual([
      { essence: 'image/webp', q: 1 },
      { essence: 'image/jpeg', q: 0.8 },
      { essence: '*/*', q: 0.1 },
      { essence: 'text/html', level: '1', q: 1 },
    ])
  })

  test('quality before the parameters, and separators inside quotes', () => {
    expect(plain('multipart/related; q=0.5; type="a/b"; x="1,2;3\\"4"')).toEqual([
      { essence: 'multipart/related', type: 'a/b', x: '1,2;3"4', q: 0.5 },
    ])
  })

  test('what makes no sense is left out', () => {
    expect(plain('')).toEqual([])
    expect(plain('nonsense, ;q=1, a/b/c, a/b; =x; y; q=abc')).toEqual([{ essence: 'a/b', q: 1 }])
    expect(plain('a/b; type="open')).toEqual([{ essence: 'a/b', type: 'open', q: 1 }])
  })
})

test('parseMediaType reads Content-Type with quoted and bare boundary', () => {
  for (const header of [
    'multipart/related; type="application/dicom"; boundary=abc',
    'multipart/related; boundary="abc"; type=application/dicom',
  ]) {
    expect(parseMediaType(header)?.parameters.get('boundary')).toBe('abc')
    expect(parseMediaType(header)?.parameters.get('type')).toBe('application/dicom')
  }
  expect(parseMediaType('nothing')).toBeNull()
})
