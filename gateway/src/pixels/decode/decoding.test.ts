import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { corpusPath, dcmtk, temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import { format, resolveConfig } from 'prettier'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodingOf } from '../../dicom/transfer-syntax.ts'
import { corpusFrame } from '../testing/corpus-frame.ts'
import { corpusImages, type CorpusImage } from '../testing/corpus-images.ts'
import { largestDifference, storedSamples } from '../testing/stored-samples.ts'
import { decodeFrame } from './decode-frame.ts'

/**
 * The samples of every image of the corpus, its first frame and its last, as another decoder gives them: no window, no
 * rounding to 8 bits. What came out is the table in this folder's README.
 */
type Judge = { name: string; program: string; args: string[] }
const [dcmconv, dcmdjpeg, dcmdjpls, dcmdrle, gdcm]: [Judge, Judge, Judge, Judge, Judge] = [
  { name: 'DCMTK (dcmconv)', program: 'dcmconv', args: ['+te'] },
  { name: 'DCMTK (dcmdjpeg)', program: 'dcmdjpeg', args: [] },
  { name: 'DCMTK (dcmdjpls)', program: 'dcmdjpls', args: [] },
  { name: 'DCMTK (dcmdrle)', program: 'dcmdrle', args: [] },
  { name: 'GDCM (gdcmconv)', program: 'gdcmconv', args: ['--raw'] },
]
const openJpeg = 'OpenJPEG (opj_decompress)'

/** Transfer syntaxes by what decodes them here, who judges, and how far samples may lie apart. */
const families: { of: RegExp; decoder: string; judges: Judge[]; tolerance: number; why?: string }[] = [
  { of: /^1\.2\.840\.10008\.1\.2(\.1|\.1\.99|\.2)?$/, decoder: 'own', judges: [dcmconv], tolerance: 0 },
  { of: /\.8\.1$/, decoder: 'own, zlib', judges: [], tolerance: 0 },
  {
    of: /\.4\.50$/,
    decoder: 'libjpeg-turbo (sharp)',
    judges: [dcmdjpeg],
    tolerance: 3,
    why: 'inverse DCT and colour are rounded otherwise',
  },
  {
    of: /\.4\.5[15]$/,
    decoder: 'own (12 bits), libjpeg-turbo (8 bits)',
    judges: [dcmdjpeg],
    tolerance: 2,
    why: 'the inverse DCT is rounded otherwise',
  },
  { of: /\.4\.(57|70)$/, decoder: 'own', judges: [dcmdjpeg, gdcm], tolerance: 0 },
  { of: /\.4\.8[01]$/, decoder: 'CharLS (WebAssembly)', judges: [dcmdjpls, gdcm], tolerance: 0 },
  { of: /\.4\.90$/, decoder: 'OpenJPEG (WebAssembly)', judges: [gdcm], tolerance: 0 },
  {
    of: /\.4\.91$/,
    decoder: 'OpenJPEG (WebAssembly)',
    judges: [gdcm],
    tolerance: 1,
    why: 'the wavelet’s floating point is rounded otherwise',
  },
  { of: /\.4\.20[12]$/, decoder: 'OpenJPH (WebAssembly)', judges: [], tolerance: 0 },
  { of: /\.2\.5$/, decoder: 'own', judges: [dcmdrle, gdcm], tolerance: 0 },
]

/** Files that no judge here reads as they are meant, and the same image in another form. */
const sameImage = new Map([
  // DCMTK swaps 32-bit pixels in OW as pairs of words; this file, like its reader's toolkit, means numbers of 4 bytes.
  ['transfer-syntax/explicit-be/rtdose_expb.dcm', 'transfer-syntax/implicit-le/rtdose.dcm'],
  // single bits: nobody's decompressor takes them
  ['transfer-syntax/rle/liver_rle.dcm', 'pixel-format/liver.dcm'],
  ['transfer-syntax/jpeg2000-lossless/liver_j2k.dcm', 'pixel-format/liver.dcm'],
  ['transfer-syntax/deflated/liver_deflate.dcm', 'pixel-format/liver.dcm'],
])
const isVideo = ({ transferSyntaxUid }: CorpusImage) => /\.4\.10\d$/.test(transferSyntaxUid)
const limits = { framePixelsMax: 50_000_000 }

let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder('decoding')
})
afterAll(() => folder.remove())

type Row = {
  syntax: string
  decoder: string
  judge: string
  files: number
  frames: number
  agreement: string
}

test(
  'every image of the corpus has the samples that another decoder finds in it; the README’s table says so',
  { timeout: 300_000 },
  async () => {
    const images = corpusImages()
    const rows = new Map<string, Row>()
    const apart: string[] = []
    const work = images.values()
    const worker = async () => {
      for (const image of work) {
        const found = isVideo(image) ? await refusal(image) : await judged(image, images)
        if (found.apart !== null) apart.push(`${image.path}: ${found.apart}`)
        const syntax = encodingOf(image.transferSyntaxUid).name
        const key = `${syntax} ${found.judge}`
        const row = rows.get(key) ?? { syntax, ...found, files: 0, frames: 0 }
        rows.set(key, { ...row, files: row.files + 1, frames: row.frames + image.frames })
      }
    }
    await Promise.all([worker(), worker(), worker()])
    expect(apart).toEqual([])

    const path = fileURLToPath(new URL('../README.md', import.meta.url))
    const document = await readFile(path, 'utf8')
    const table = tableOf(
      [...rows.values()].sort((a, b) => (`${a.syntax} ${a.judge}` < `${b.syntax} ${b.judge}` ? -1 : 1)),
    )
    const filled = await format(
      document.replace(
        /<!-- table: decoding -->[^]*?<!-- \/table -->/,
        `<!-- table: decoding -->\n\n${table}\n\n<!-- /table -->`,
      ),
      { ...(await resolveConfig(path)), filepath: path },
    )
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(path, filled)
    else expect(document).toBe(filled)
  },
)

function tableOf(rows: Row[]): string {
  const lines = rows.map(
    ({ syntax, decoder, judge, files, frames, agreement }) =>
      `| ${syntax} | ${decoder} | ${judge} | ${files} | ${frames} | ${agreement} |`,
  )
  return [
    '| transfer syntax | decoder | judge | files | frames | samples |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n')
}

type Found = Pick<Row, 'decoder' | 'judge' | 'agreement'> & { apart: string | null }

async function refusal({ path }: CorpusImage): Promise<Found> {
  const { frame, image } = await corpusFrame(corpusPath(path))
  const refused = await decodeFrame(frame, image, limits).then(
    () => 'it was decoded',
    (error: unknown) => (error instanceof Error && error.message === 'video' ? null : String(error)),
  )
  const agreement = 'its first picture, in [corpus.test.ts](corpus.test.ts)'
  return { decoder: 'FFmpeg (WebAssembly)', judge: 'the photograph it shows', agreement, apart: refused }
}

async function judged(one: CorpusImage, images: CorpusImage[]): Promise<Found> {
  const family = families.find(({ of }) => of.test(one.transferSyntaxUid))
  if (!family) return { decoder: '–', judge: '–', agreement: '–', apart: 'no decoder is known for it' }
  const { decoder, tolerance, why } = family
  const agreement = tolerance === 0 ? 'the same' : `within ${tolerance}: ${why ?? ''}`

  const judge = await judgeFor(one, images, family.judges)
  if (!judge) return { decoder, judge: '–', agreement, apart: 'no judge reads it' }
  for (const number of new Set([1, one.frames])) {
    const { frame, image } = await corpusFrame(corpusPath(one.path), number)
    const ours = storedSamples(await decodeFrame(frame, image, limits), image)
    const difference = largestDifference(ours, await judge.samples(number))
    if (difference > tolerance) {
      return { decoder, judge: judge.name, agreement, apart: `frame ${number} is ${difference} apart` }
    }
  }
  return { decoder, judge: judge.name, agreement, apart: null }
}

/** The first judge that takes the file, and the samples of a frame as it gives them. */
async function judgeFor(
  { path, transferSyntaxUid }: CorpusImage,
  images: CorpusImage[],
  judges: Judge[],
): Promise<{ name: string; samples(number: number): Promise<ArrayLike<number>> } | null> {
  const native = (file: string) => async (number: number) => {
    const { frame, image } = await corpusFrame(file, number)
    return storedSamples(await decodeFrame(frame, image, limits), image)
  }
  const twin = images.find((image) => image.path === sameImage.get(path))
  if (twin) return { name: 'the same image, native', samples: native(corpusPath(twin.path)) }

  const scratch = join(folder.path, path.replaceAll('/', '-'))
  for (const { name, program, args } of judges) {
    const { code } = await dcmtk(program, [...args, corpusPath(path), scratch])
    if (code === 0) return { name, samples: native(scratch) }
  }
  if (!/\.4\.20[12]$/.test(transferSyntaxUid)) return null
  return {
    name: openJpeg,
    async samples(number) {
      const { frame, image } = await corpusFrame(corpusPath(path), number)
      await writeFile(`${scratch}.j2k`, frame.bytes)
      await dcmtk('opj_decompress', ['-i', `${scratch}.j2k`, '-o', `${scratch}.rawl`])
      const raw = await readFile(`${scratch}.rawl`) // little endian, one component after the other
      const planes = {
        bytes: raw,
        photometricInterpretation: image.photometricInterpretation.replace('_422', ''),
        planarConfiguration: 1 as const,
      }
      return storedSamples(planes, image)
    },
  }
}
