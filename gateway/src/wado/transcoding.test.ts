import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { corpusPath, dcmtk, temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import { api } from 'dicomweb-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compressionTargets } from '../pixels/compress/compression-targets.ts'
import { dcmtkPicture } from '../pixels/testing/dcmtk-picture.ts'
import { corpusFrame } from '../pixels/testing/corpus-frame.ts'
import { largestDifference, storedSamples } from '../pixels/testing/stored-samples.ts'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { FetchXhr } from '../testing/fetch-xhr.ts'
import { readParts } from '../testing/read-parts.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'

/**
 * Retrieval in another compression, PS3.18 §8.7.3: what leaves is read by DCMTK (JPEG, JPEG-LS, RLE), GDCM (JPEG 2000)
 * and OpenJPEG (HTJ2K), and holds the very samples of the original.
 */
const files = {
  'signed, 16 bits': 'transfer-syntax/explicit-le/CT_small.dcm',
  'signed, 9 bits': 'pixel-format/signed-raw-9bit.dcm',
  'implicit VR': 'transfer-syntax/implicit-le/MR_small_implicit.dcm',
  'many frames': 'transfer-syntax/jpeg-ls-lossless/emri_small_jpeg_ls_lossless.dcm',
  'palette, RLE, two frames': 'transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm',
  'JPEG, 8 bits': 'transfer-syntax/jpeg-lossless-sv1/JPGLosslessP14SV1_1s_1f_8b.dcm',
  'colour by plane': 'pixel-format/color-pl.dcm',
  'colour, odd size': 'pixel-format/SC_rgb_small_odd.dcm',
  'colour, big endian, 16 bits': 'transfer-syntax/explicit-be/SC_rgb_expb_16bit_2frame.dcm',
  'half the chrominance': 'pixel-format/SC_ybr_full_422_uncompressed.dcm',
  'JPEG in colour': 'transfer-syntax/jpeg-baseline/examples_ybr_color.dcm',
  HTJ2K: 'transfer-syntax/htj2k/CT1_htj2k_rpcl.dcm',
} as const
type Name = keyof typeof files
const names = Object.keys(files) as Name[]

const others = {
  video: 'transfer-syntax/video/mpeg4_hp41.dcm',
  bits: 'pixel-format/seg_image_ct_binary.dcm',
  dose: 'transfer-syntax/implicit-le/rtdose.dcm',
  report: 'documents/sr/sr_document.dcm',
} as const

const [baseline, lossless, jpegLs, jpeg2000, htj2k, htj2kRpcl, rle] = [...compressionTargets.keys()] as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
]

let gateway: TestGateway
let token: string
let folder: TemporaryFolder
const paths = new Map<string, string>()

beforeAll(async () => {
  folder = await temporaryFolder('transcoding')
  gateway = await startTestGateway({ PIXEL_PROCESSES: '2' })
  token = await (await gateway.practice('north')).token(['read', 'write'])
  for (const [name, file] of [...Object.entries(files), ...Object.entries(others)]) {
    const { path, init } = storeBody([await readFile(corpusPath(file))])
    const response = await gateway.request(path, { ...init, as: token })
    const [stored] = sequence((await response.json()) as DicomJson, '00081199')
    paths.set(name, String(values(stored, '00081190')[0]).replace('http://gateway.test/dicom-web', ''))
  }
})
afterAll(async () => {
  await gateway.stop()
  await folder.remove()
})

const get = (name: Name | keyof typeof others, rest: string, Accept: string) =>
  gateway.request(`/dicom-web${paths.get(name) ?? ''}${rest}`, { as: token, headers: { Accept } })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

/** Stored values of every frame, samples pixel by pixel: what no lossless compression may change. */
async function samplesOf(path: string): Promise<{ frames: ArrayLike<number>[] }> {
  const frames: ArrayLike<number>[] = []
  for (let number = 1, last = 1; number <= last; number++) {
    const { frame, image, frames: count } = await corpusFrame(path, number)
    last = count
    const { photometricInterpretation, planarConfiguration } = image
    frames.push(storedSamples({ bytes: frame.bytes, photometricInterpretation, planarConfiguration }, image))
  }
  return { frames }
}

/** The file as Explicit VR Little Endian, written to a path, and its samples; asked for once. */
function nativeOf(name: Name) {
  const made = natives.get(name) ?? makeNative(name)
  natives.set(name, made)
  return made
}
const natives = new Map<Name, ReturnType<typeof makeNative>>()
async function makeNative(name: Name) {
  const path = join(folder.path, `${name.replaceAll(/\W+/g, '-')}-native.dcm`)
  await writeFile(path, await bytesOf(await get(name, '', 'application/dicom')))
  return { path, samples: await samplesOf(path) }
}

/** The file by the judge's own decoder, uncompressed. */
async function judged(program: string, args: string[], bytes: Buffer, name: string): Promise<string> {
  const path = join(folder.path, name.replaceAll(/\W+/g, '-'))
  await writeFile(`${path}.dcm`, bytes)
  const { code, stderr } = await dcmtk(program, [...args, `${path}.dcm`, `${path}.raw.dcm`])
  expect([code, stderr]).toEqual([0, expect.anything()])
  return `${path}.raw.dcm`
}

const decoders: Record<string, [string, string[]]> = {
  [lossless]: ['dcmdjpeg', ['+cn']],
  [jpegLs]: ['dcmdjpls', []],
  [jpeg2000]: ['gdcmconv', ['--raw']],
  [rle]: ['dcmdrle', []],
}

/** What cannot be had, and has a reason instead. */
const refusals: Partial<Record<Name, readonly string[]>> = {
  'colour, big endian, 16 bits': [baseline, jpeg2000, htj2k, htj2kRpcl],
  'half the chrominance': [jpeg2000, htj2k, htj2kRpcl],
  'signed, 16 bits': [baseline],
  'signed, 9 bits': [baseline],
  'implicit VR': [baseline],
  'many frames': [baseline],
  HTJ2K: [baseline],
  'palette, RLE, two frames': [baseline],
}

describe.each(names)('%s', (name) => {
  const refused = refusals[name] ?? []
  const tried = name === 'many frames' ? [jpeg2000, rle] : [...compressionTargets.keys()] // each frame is slow
  const possible = tried.filter((uid) => !refused.includes(uid))

  test.each(possible.filter((uid) => decoders[uid]))('as %s, read by another', async (uid) => {
    const stored = await corpusFrame(corpusPath(files[name]))
    if (stored.frame.transferSyntaxUid === uid) return // leaves as it is
    const response = await get(name, '', `application/dicom; transfer-syntax=${uid}`)
    const bytes = await bytesOf(response)
    expect([response.status, response.headers.get('Content-Type')]).toEqual([
      200,
      `application/dicom; transfer-syntax=${uid}`,
    ])
    expect(response.headers.get('Content-Length')).toBe(String(bytes.length))

    const [program, args] = decoders[uid] ?? ['', []]
    const [ours, theirs] = await Promise.all([
      nativeOf(name).then(({ samples }) => samples),
      judged(program, args, bytes, `${name} ${uid}`).then(samplesOf),
    ])
    expect(theirs.frames.length).toBe(ours.frames.length)
    for (const [index, frame] of ours.frames.entries()) {
      expect(largestDifference(frame, theirs.frames[index] ?? [])).toBe(0)
    }
  })

  if (possible.includes(baseline)) {
    test('as JPEG baseline looks as before, shown by DCMTK', async () => {
      const path = join(folder.path, `${name.replaceAll(/\W+/g, '-')}-lossy`)
      await writeFile(
        `${path}.dcm`,
        await bytesOf(await get(name, '', `application/dicom; transfer-syntax=${baseline}`)),
      )
      const [before, after] = [
        await dcmtkPicture((await nativeOf(name)).path, `${path}.1`),
        await dcmtkPicture(`${path}.dcm`, `${path}.2`),
      ]
      expect(rootMeanSquare(before?.data ?? [], after?.data ?? [])).toBeLessThan(4)
    })
  }

  test.each([htj2k, htj2kRpcl].filter((uid) => possible.includes(uid)))(
    'frames as %s, read by OpenJPEG',
    async (uid) => {
      const response = await get(name, '/frames/1', `image/jphc; transfer-syntax=${uid}`)
      expect(response.headers.get('Content-Type')).toBe(`image/jphc; transfer-syntax=${uid}`)
      const path = join(folder.path, `${name.replaceAll(/\W+/g, '-')}-${uid}`)
      await writeFile(`${path}.j2k`, await bytesOf(response))
      expect((await dcmtk('opj_decompress', ['-i', `${path}.j2k`, '-o', `${path}.rawl`])).code).toBe(0)
      const raw = await readFile(`${path}.rawl`)

      const native = await nativeOf(name)
      const { image } = await corpusFrame(native.path)
      const [expected = []] = native.samples.frames
      const wide = image.bitsStored > 8
      const pixels = image.rows * image.columns
      const at = (sample: number) =>
        wide
          ? image.signed
            ? raw.readInt16LE(sample * 2)
            : raw.readUInt16LE(sample * 2)
          : (raw[sample] ?? 0)
      const theirs = Array.from({ length: expected.length }, (_, index) => {
        const [pixel, component] = [Math.floor(index / image.samplesPerPixel), index % image.samplesPerPixel]
        return at(component * pixels + pixel) // one component after the other
      })
      expect(largestDifference(expected, theirs)).toBe(0)
    },
  )

  if (refused.length > 0) {
    test('what cannot be made is 406 with its reason, never something else', async () => {
      for (const uid of refused) {
        const response = await get(name, '', `application/dicom; transfer-syntax=${uid}`)
        expect([response.status, ((await response.json()) as { title: string }).title]).toEqual([
          406,
          expect.stringMatching(/^An instance cannot be given in the transfer syntax asked for: /),
        ])
      }
    })
  }
})

test.each(['video', 'bits', 'dose'] as const)('%s has no compression here: 406', async (name) => {
  const response = await get(name, '', `application/dicom; transfer-syntax=${jpeg2000}`)
  expect(response.status).toBe(406)
  expect((await get(name, '/frames/1', 'image/jp2')).status).toBe(406)
})

test('what has no pixel data leaves as Explicit VR Little Endian beside compressed images', async () => {
  const response = await get('report', '', `application/dicom; transfer-syntax=${jpeg2000}`)
  expect(response.headers.get('Content-Type')).toBe('application/dicom; transfer-syntax=1.2.840.10008.1.2.1')
})

// PS3.18 Table 8.7.3-5: the default transfer syntax of each media type.
test.each([
  ['image/jpeg', lossless],
  ['image/jls', jpegLs],
  ['image/jp2', jpeg2000],
  ['image/jphc', htj2k],
  ['image/dicom-rle', rle],
])('a media type alone means its default transfer syntax: %s', async (type, uid) => {
  const [part] = await readParts(await get('implicit VR', '/frames/1', `multipart/related; type="${type}"`))
  expect(part?.headers.get('content-type')).toBe(`${type}; transfer-syntax=${uid}`)
  expect((await get('implicit VR', '/frames/1', `${type}; transfer-syntax=1.2.840.10008.1.2.1`)).status).toBe(
    406,
  )
})

test('among equally welcome forms the one that is there already is given, else the first', async () => {
  const typeOf = async (Accept: string) =>
    (await get('implicit VR', '/frames/1', Accept)).headers.get('Content-Type')?.split(';')[0]
  expect(await typeOf('image/jls, application/octet-stream')).toBe('application/octet-stream')
  expect(await typeOf('image/jls, application/octet-stream;q=0.5')).toBe('image/jls')
  expect(await typeOf('image/jls, image/jp2')).toBe('image/jls')
})

// PS3.5 §A.4: a fragment for each frame, and a Basic Offset Table that finds them.
test('frames of a multi-frame image are encapsulated one by one, with their table', async () => {
  const file = await bytesOf(await get('many frames', '', `application/dicom; transfer-syntax=${rle}`))
  await writeFile(join(folder.path, 'table.dcm'), file)
  const { stdout } = await dcmtk('dcmdump', ['+L', '+P', '7FE0,0010', join(folder.path, 'table.dcm')])
  const items = stdout.split('\n').filter((line) => line.includes('(fffe,e000)'))
  const { frames } = await corpusFrame(corpusPath(files['many frames']))
  expect(items.length).toBe(1 + frames)
  expect(items[0]).toContain(`#  ${frames * 4}, 1`)
})

describe('JPEG baseline says what it did', () => {
  let dump: (tag: string) => Promise<string>
  beforeAll(async () => {
    const path = join(folder.path, 'lossy.dcm')
    await writeFile(
      path,
      await bytesOf(await get('colour by plane', '', `application/dicom; transfer-syntax=${baseline}`)),
    )
    dump = async (tag) => (await dcmtk('dcmdump', ['+L', '+P', tag, path])).stdout.trim()
  })

  // PS3.3 §C.7.6.1.1.5
  test('in the attributes of lossy compression and derivation', async () => {
    expect(await dump('0028,2110')).toContain('[01]')
    expect(await dump('0028,2114')).toContain('[ISO_10918_1]')
    expect(Number(/\[([\d.]+)\s*\]/.exec(await dump('0028,2112'))?.[1])).toBeGreaterThan(2)
    expect(await dump('0008,0008')).toMatch(/\[DERIVED\\/)
    expect(await dump('0008,2111')).toContain('Lossy compression with JPEG baseline')
    expect(await dump('0008,0100')).toContain('[113040]')
    expect(await dump('0028,0004')).toContain('[YBR_FULL]')
    expect(await dump('0028,0006')).toContain('US 0')
  })

  // PS3.18 §8.7.3: another representation of the instance that was asked for, not another instance.
  test('under the SOP Instance UID that was asked for', async () => {
    const uid = paths.get('colour by plane')?.split('/').at(-1)
    expect(await dump('0008,0018')).toContain(`[${uid}]`)
  })
})

test('a lossless compression says nothing of a loss', async () => {
  const path = join(folder.path, 'lossless.dcm')
  await writeFile(
    path,
    await bytesOf(await get('colour by plane', '', `application/dicom; transfer-syntax=${jpeg2000}`)),
  )
  const { stdout } = await dcmtk('dcmdump', ['+P', '0028,2110', '+P', '0008,0008', '+P', '0028,0004', path])
  expect(stdout).not.toContain('[01]')
  expect(stdout).not.toContain('DERIVED')
  expect(stdout).toContain('[YBR_RCT]')
})

type Client = {
  retrieveInstanceFrames(options: object): Promise<ArrayBuffer[]>
}
// The package's types are those of an older version of it.
const BrowserClient = api.DICOMwebClient as unknown as new (options: object) => Client

test('dicomweb-client gets frames by media type and transfer syntax', async () => {
  const url = await gateway.serve()
  Object.assign(globalThis, { XMLHttpRequest: FetchXhr })
  const client = new BrowserClient({
    url: `${url}/dicom-web`,
    headers: { Authorization: `Bearer ${token}` },
    verbose: false,
  })
  const [, , studyInstanceUID, , seriesInstanceUID, , sopInstanceUID] = (
    paths.get('colour by plane') ?? ''
  ).split('/')
  const one = { studyInstanceUID, seriesInstanceUID, sopInstanceUID }
  for (const [mediaType, transferSyntaxUID, start] of [
    ['image/jp2', jpeg2000, 'ff4fff51'],
    ['image/jpeg', baseline, 'ffd8ff'],
    ['image/jls', jpegLs, 'ffd8fff7'],
  ] as const) {
    const mediaTypes = [{ mediaType, transferSyntaxUID }]
    const [frame = new ArrayBuffer(0)] = await client.retrieveInstanceFrames({
      ...one,
      frameNumbers: [1],
      mediaTypes,
    })
    expect(Buffer.from(frame).toString('hex').startsWith(start), mediaType).toBe(true)
  }
})

function rootMeanSquare(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length || one.length === 0) return Infinity
  let sum = 0
  for (let index = 0; index < one.length; index++) sum += ((one[index] ?? 0) - (other[index] ?? 0)) ** 2
  return Math.sqrt(sum / one.length)
}
