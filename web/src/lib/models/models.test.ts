import { expect, test } from 'vitest'
import { judgeScale, unitsForAll } from './judge-scale.ts'
import { viewedModels } from './viewed-model.ts'

test('a scale is believed where the file names it and an arch can be so large, and asked for else', () => {
  expect(judgeScale(62, 'mm', null)).toEqual({ isKnown: true, unit: 'mm', from: 'file' })
  const refused = (why: 'missing' | 'implausible', likely: string[], possible = likely) => ({
    isKnown: false,
    why,
    likely,
    possible,
  })
  expect(judgeScale(62, null, null)).toEqual(refused('missing', ['mm']))
  expect(judgeScale(0.062, 'mm', null)).toEqual(refused('implausible', ['m']))
  expect(judgeScale(2.44, null, null)).toEqual(refused('missing', ['in'], ['in', 'cm']))
  // both may be: people decide
  expect(judgeScale(3.3, null, null)).toMatchObject({ likely: ['cm', 'in'] })
  expect(judgeScale(1200, 'mm', null)).toEqual(refused('implausible', []))
  expect(judgeScale(0.062, 'mm', 'm')).toEqual({ isKnown: true, unit: 'm', from: 'staff' })
  // a single tooth may be small; of what nothing of a mouth can be, nobody is believed
  expect(judgeScale(9, null, 'mm')).toEqual({ isKnown: true, unit: 'mm', from: 'staff' })
  expect(judgeScale(62, 'mm', 'cm')).toEqual(refused('implausible', ['mm']))
})

test('files are stored in a unit that can be right for every one of them, and else each in its own or not at all', () => {
  expect(unitsForAll([62, 58])).toEqual({ possible: ['mm'], differ: false })
  // an arch, and the die of one of its teeth
  expect(unitsForAll([62, 12])).toEqual({ possible: ['mm'], differ: false })
  // each would be an arch, but not in the same unit
  expect(unitsForAll([62, 6.2])).toEqual({ possible: ['mm'], differ: true })
  expect(unitsForAll([62, 2.4])).toEqual({ possible: [], differ: true })
  // wider than a face in every unit, and narrower than a tooth
  expect(unitsForAll([1200])).toEqual({ possible: [], differ: false })
  expect(unitsForAll([0.0002])).toEqual({ possible: [], differ: false })
  expect(unitsForAll([])).toEqual({ possible: [], differ: false })
})

test('arch, unit and frame of reference are read from metadata, in which nothing is trusted', () => {
  const model = (sopClassUid: string, metadata: unknown) => ({
    id: '1',
    studyId: '2',
    studyInstanceUid: '1.2',
    studyDate: null,
    studyDescription: '',
    seriesInstanceUid: '1.3',
    seriesDescription: '',
    sopInstanceUid: '1.4',
    fileBytes: 1,
    said: null,
    sopClassUid,
    metadata: JSON.stringify(metadata),
  })
  const stl = '1.2.840.10008.5.1.4.1.1.104.3'
  const told = {
    '004008EA': { Value: [{ '00080100': { Value: ['[in_i]'] } }] },
    '00082218': { Value: [{ '00080100': { Value: ['91609006'] } }] },
    '00200052': { Value: ['1.5'] },
    '00420010': { Value: ['Upper'] },
    '00420011': { InlineBinary: 'c29saWQ=' },
  }
  expect(viewedModels([model(stl, told)])[0]).toMatchObject({
    format: 'stl',
    arch: 'lower', // a code before a word
    unit: 'in',
    frameOfReferenceUid: '1.5',
    inline: 'c29saWQ=',
  })
  const hostile = { '004008EA': { Value: [null, 3] }, '00082218': 'x', '00420011': { InlineBinary: 7 } }
  expect(viewedModels([model(stl, hostile)])[0]).toMatchObject({ arch: null, unit: null, inline: null })
  // names that every object has are a stranger's words too: nothing that a page cannot be given
  const coded = (code: string) => ({ Value: [{ '00080100': { Value: [code] } }] })
  for (const code of ['constructor', 'toString', '__proto__']) {
    const named = { '004008EA': coded(code), '00082218': coded(code) }
    expect(viewedModels([model(stl, named)])[0]).toMatchObject({ arch: null, unit: null })
  }
  // materials alone are no model; a surface segmentation is one that is not shown
  expect(viewedModels([model('1.2.840.10008.5.1.4.1.1.104.5', {})])).toEqual([])
  expect(viewedModels([model('1.2.840.10008.5.1.4.1.1.66.5', {})])[0]?.format).toBeNull()
})
