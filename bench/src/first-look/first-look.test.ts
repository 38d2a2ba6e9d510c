import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rm, writeFile } from 'node:fs/promises'
import { dcm2json } from '@bitewing/testbed'
import { expect, test } from 'vitest'
import { firstLook } from './first-look.ts'
import { newUid } from './new-uid.ts'
import { slicePixels, writeDicom } from './write-dicom.ts'

test('every figure of a run stands beside the peer’s, with their ratio', { timeout: 600_000 }, async () => {
  const result = await firstLook(
    { arrivals: 1, requests: 2, studies: 2, slices: 2 },
    { say: () => undefined, signal: AbortSignal.timeout(580_000) },
  )
  expect(result.peer).toMatch(/^Orthanc \S+, DICOMweb plugin \S+$/)
  expect(result.figures.map(({ name }) => name)).toEqual([
    'stow',
    'stow-to-thumbnail',
    'c-store-to-search',
    'c-store-to-open-page',
    'study-list',
    'series-metadata',
    'frame',
    'rendition',
    'rendered',
  ])
  for (const { name, ours, peer, ratio } of result.figures) {
    expect(ours.p95, name).toBeGreaterThanOrEqual(ours.p50)
    if (name === 'c-store-to-open-page') expect([peer, ratio]).toEqual([null, null])
    else expect(ratio?.p50, name).toBeCloseTo(ours.p50 / (peer?.p50 ?? NaN), 2)
  }
})

test('the images that are sent are DICOM to somebody else', async () => {
  const file = join(tmpdir(), `bitewing-bench-${newUid()}.dcm`)
  await writeFile(
    file,
    writeDicom({
      studyInstanceUid: newUid(),
      seriesInstanceUid: newUid(),
      sopInstanceUid: newUid(),
      patientName: 'Gagné^Série',
      patientId: 'BENCH',
      studyDate: '20240615',
      modality: 'CT',
      instanceNumber: 7,
      columns: 32,
      rows: 16,
      pixels: slicePixels(32, 16, 7),
    }),
  )
  try {
    const read = await dcm2json(file)
    expect(read['00200013']?.Value).toEqual([7])
    expect(read['00280010']?.Value).toEqual([16])
    expect(read['00100010']?.Value).toEqual([{ Alphabetic: 'Gagné^Série' }])
  } finally {
    await rm(file, { force: true })
  }
})
