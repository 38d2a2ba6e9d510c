import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import type { ShownComparison, ShownLayer } from '#lib/compare/shown-comparison.ts'
import { PdfSheet } from '../pdf/pdf-sheet.ts'
import { comparedKey } from './fetch-pictures.ts'
import { writeComparison } from './write-comparison.ts'

const folder = await mkdtemp(join(tmpdir(), 'comparison-'))
afterAll(() => rm(folder, { recursive: true }))

/** Sixteen by eight grey pixels. */
const grey = Buffer.from(
  [
    '/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/',
    '2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAAR',
    'CAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAA',
    'AAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAB/9k=',
  ].join(''),
  'base64',
)
const layer = (id: string, patch: Partial<ShownLayer>): ShownLayer => ({
  id,
  picture: { studyInstanceUid: '1', seriesInstanceUid: '2', sopInstanceUid: id, frame: 1 },
  window: null,
  kind: 'panoramic',
  teeth: [],
  studyDate: '2025-05-06',
  width: 1600,
  height: 800,
  mirrored: false,
  similarity: { a: 1, b: 0, dx: 0, dy: 0 },
  placedBy: 'none',
  error: null,
  doubts: [],
  ...patch,
})

test('a before and after on paper says when each was taken, how well they lie, and what not to read from them', async () => {
  const comparison: ShownComparison = {
    id: 'c',
    title: 'Alignement',
    mode: 'slider',
    layers: [
      layer('3', {}),
      layer('4', {
        studyDate: '2026-11-03',
        mirrored: true,
        placedBy: 'landmarks',
        similarity: { a: 0.98, b: 0.1, dx: 20, dy: -4 },
        error: { mm: 0.42 },
        doubts: ['device', 'brightness'],
      }),
    ],
  }
  const pictures = new Map(comparison.layers.map((each) => [comparedKey(comparison, each), grey]))
  const sheet = new PdfSheet({ title: 't', author: 'a', locale: 'fr', at: new Date(0) })
  await writeComparison(sheet, comparison, pictures, 'fr')
  sheet.end(() => ['', ''])
  const path = join(folder, 'comparison.pdf')
  await writeFile(path, await buffer(sheet.doc))
  const run = promisify(execFile)
  const [text, images] = await Promise.all([
    run('pdftotext', ['-layout', '-enc', 'UTF-8', path, '-']),
    run('pdfimages', ['-list', path]),
  ])
  const words = text.stdout.replaceAll('\u00a0', ' ')
  for (const part of ['Alignement', '6 mai 2025', '3 novembre 2026', 'Alignées par points', 'environ 0,4 mm'])
    expect(words).toContain(part)
  expect(words).toContain('inversée (miroir)')
  expect(words).toContain('Appareils différents')
  expect(words).toContain('ne comparez pas les densités')
  expect(images.stdout.match(/ image /g)).toHaveLength(2)
})
