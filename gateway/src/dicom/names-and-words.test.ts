import { describe, expect, test } from 'vitest'
import { dictionaryVr, keywordOfTag, tagOfKeyword, vrOfTag } from './dictionary.ts'
import { foldForSearch } from './fold-for-search.ts'
import { parsePersonName } from './person-name.ts'
import { isUid } from './uid.ts'

describe('parsePersonName', () => {
  test('takes component groups and components apart', () => {
    expect(parsePersonName('Côté^Geneviève^M.^Dre^DMD=山田^太郎=やまだ')).toEqual({
      alphabetic: { family: 'Côté', given: 'Geneviève', middle: 'M.', prefix: 'Dre', suffix: 'DMD' },
      ideographic: { family: '山田', given: '太郎', middle: '', prefix: '', suffix: '' },
      phonetic: { family: 'やまだ', given: '', middle: '', prefix: '', suffix: '' },
    })
  })

  test('groups without content are null', () => {
    expect(parsePersonName('^^^^==')).toEqual({ alphabetic: null, ideographic: null, phonetic: null })
    expect(parsePersonName('=Yamada').alphabetic).toBeNull()
  })
})

describe('foldForSearch', () => {
  test.each([
    ['CÔTÉ^Geneviève', 'cote genevieve'],
    ['Côté'.normalize('NFD'), 'cote'],
    ["L'Écuyer-Gagné", 'l ecuyer gagne'],
    ['Lœuillet^ Zoé^^', 'loeuillet zoe'],
    ['ÆBLE ØRSTED Straße', 'aeble orsted strasse'],
    ['İstanbul', 'istanbul'],
    ['홍^길동=洪', '홍 길동 洪'],
    ['  Tremblay , Marc  ', 'tremblay marc'],
    ['', ''],
  ])('%s folds to %s', (text, folded) => {
    expect(foldForSearch(text)).toBe(folded)
  })
})

describe('the dictionary', () => {
  test.each([
    ['PatientName', '00100010', 'PN'],
    ['StudyInstanceUID', '0020000D', 'UI'],
    ['ModalitiesInStudy', '00080061', 'CS'],
    ['ExtendedOffsetTable', '7FE00001', 'OV'],
    ['PixelData', '7FE00010', 'OW'],
    ['SmallestImagePixelValue', '00280106', 'US'],
  ])('%s is (%s) %s', (keyword, tag, vr) => {
    expect(tagOfKeyword(keyword)).toBe(tag)
    expect(keywordOfTag(tag)).toBe(keyword)
    expect(vrOfTag(tag)).toBe(vr)
  })

  test('repeating groups are known, in even groups alone', () => {
    expect(keywordOfTag('60023000')).toBe('OverlayData')
    expect(vrOfTag('60120010')).toBe('US')
    expect(vrOfTag('60010010')).toBeNull()
    expect(keywordOfTag('00203105')).toBe('SourceImageIDs')
  })

  test('private and unknown tags, and names of object properties, are null', () => {
    expect(vrOfTag('00091010')).toBeNull()
    expect(tagOfKeyword('constructor')).toBeNull()
    expect(tagOfKeyword('patientname')).toBeNull()
    expect(keywordOfTag('FFFFFFFF')).toBeNull()
    expect(dictionaryVr('00280106')).toBe('xs')
  })
})

test.each([
  ['1.2.840.10008.1.2', true],
  ['2.25.0', true],
  ['1.2.03', true], // a leading zero breaks PS3.5 §9.1, and the field sends it
  ['1'.repeat(64), true],
  ['1'.repeat(65), false],
  ['', false],
  ['1..2', false],
  ['.1', false],
  ['1.', false],
  ['1.2\n', false],
  ['1.2/../3', false],
  ['１.2', false],
])('%j as UID: %s', (text, valid) => {
  expect(isUid(text)).toBe(valid)
})
