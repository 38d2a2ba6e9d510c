import { readFileSync } from 'node:fs'
import { corpusPath } from '@bitewing/testbed'

export type CorpusImage = { path: string; transferSyntaxUid: string; frames: number }

/**
 * Every well-formed file of the corpus with an image in it, by its manifest; of series not the slices like their
 * neighbours, and not the two largest, which take seconds each and are encoded as smaller ones are.
 */
export function corpusImages(): CorpusImage[] {
  const lines = readFileSync(corpusPath('MANIFEST.tsv'), 'utf8').trim().split('\n')
  const [head = '', ...rows] = lines
  const names = head.split('\t')
  const cell = (row: string[], name: string) => row[names.indexOf(name)] ?? ''
  return rows
    .map((line) => line.split('\t'))
    .map((row) => {
      const frames = /x(\d+)$/.exec(cell(row, 'rows_x_cols_x_frames'))?.[1]
      const transferSyntaxUid = cell(row, 'transfer_syntax').split(' ')[0] ?? ''
      return { path: cell(row, 'path'), transferSyntaxUid, frames: Number(frames ?? 0) }
    })
    .filter(({ path }) => !/^large\/(MG1|VL5)/.test(path))
    .filter(({ path, frames }) => frames > 0 && !/^(malformed|charset\/chr)/.test(path)) // the latter have no pixel data
    .filter(({ path }) => !/(IM0(0[2-9]|[1-4]\d|5[0-3])|N2D_01(5[1-9]|6\d|7[0-8]))\.dcm$/.test(path))
}
