import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { demoInstances } from '@bitewing/demo'
import { corpusPath, startSystem, storescu, temporaryFolder } from '@bitewing/testbed'
import { sliceSeries } from '../dicomweb/bench-data.ts'
import { orthancPids } from '../dicomweb/orthanc-pids.ts'
import { cpuSeconds } from '../dicomweb/process-figures.ts'
import { startLoadClient, type LoadClient } from '../dicomweb/start-load-client.ts'
import { copiesOfPanoramic, type NamedFile } from '../first-look/copies-of-panoramic.ts'
import { get, stow, type Dicomweb } from '../first-look/dicomweb-peer.ts'
import { startPeer } from '../first-look/start-peer.ts'
import { watchWorker } from '../first-look/watch-worker.ts'
import { pictureQuality, type PictureQuality } from './picture-quality.ts'

export const renditionsDefaults = { panoramics: 48, slices: 200, seconds: 4 }

/** Radiographs and photographs of the corpus that are real; two are crops of a real panoramic. */
const realImages = [
  'dental/real/CR-ModalitySequenceLUT.dcm',
  'dental/wrapped/ceph_lateral_8bit.dcm',
  'dental/wrapped/io_bitewing_8bit_jpegls.dcm',
  'dental/wrapped/io_periapical_12bit.dcm',
  'dental/wrapped/photo_intraoral_jpeg.dcm',
  'large/MG1_J2KI',
  'large/NM_Kakadu44_SOTmarkerincons.dcm',
  'large/RG2_JLSL.dcm',
  'large/RG3_J2KR.dcm',
  'large/VL5_J2KI.dcm',
  'transfer-syntax/jpeg2000-lossy/VL2_J2KI',
  'transfer-syntax/htj2k/VL1_htj2k_rpcl.dcm',
]
/**
 * Panoramics that warm processes up, not pictures: connections are dealt to two gateways in turns, each with a pixel
 * process of its own, whose engines compile what has run a few times.
 */
const warmUps = 8

/** By then a gateway has begun to warm its pixel processes up (`composeSystem`). */
const warmUpStartsMs = 25_000
/** Of one processor: what a gateway spends that nobody asks. */
const idleShare = 0.05

const formats = ['jpg', 'webp', 'avif'] as const
type Format = (typeof formats)[number]

type ImageQuality = {
  image: string
  columns: number
  rows: number
  /** uncompressed */
  pixelBytes: number
  fileBytes: number
  /** AVIF is absent where this machine takes longer than a frame may */
  formats: Partial<Record<Format, Quality>>
}
type Quality = PictureQuality & { reduction: number; reductionOfFile: number }
type Summary = Record<
  Format,
  {
    images: number
    reduction: { median: number; min: number }
    reductionOfFile: { median: number; min: number }
    ssim: { median: number; min: number }
    psnr: { median: number; min: number }
  }
>

/** What can be measured alone: the volume first, since a machine that was busy is not yet quiet. */
export const renditionParts = ['volume', 'quality', 'panoramics'] as const
export type RenditionPart = (typeof renditionParts)[number]

type Options = {
  say: (line: string) => void
  signal: AbortSignal
  /** default: all; what was not measured is null */
  only?: readonly RenditionPart[] | undefined
}

/**
 * What renditions cost and keep: full-size pictures beside the lossless one, cold and warm rendering beside Orthanc's
 * DICOMweb plugin in the same run, and the thumbnails of a CBCT from its first byte.
 */
export async function renditions(
  counts: typeof renditionsDefaults,
  { say, signal, only = renditionParts }: Options,
) {
  await using stack = new AsyncDisposableStack()
  say('Starting both systems')
  const newPanoramic = await copiesOfPanoramic()
  const folder = await temporaryFolder('bench')
  stack.defer(() => folder.remove())
  const peer = await startPeer()
  stack.defer(() => peer.orthanc.stop())
  const system = await startSystem({ demo: 'no-images' })
  stack.defer(() => system.stop())
  const ours: Dicomweb = { root: `${system.url}/dicom-web`, authorization: `Bearer ${system.demo.token}` }
  const worker = await watchWorker(system.dataFolder, signal)
  stack.defer(() => worker.close())
  const started = performance.now()
  const gatewayPids = [...(await system.pids('gateway')), ...(await system.pids('postgres'))]
  const peerPids = await orthancPids(peer.orthanc.directory)

  const volume = only.includes('volume') ? await measureVolume() : null
  await worker.allDone()
  const quality = only.includes('quality') ? await measureQuality() : null
  const { panoramics, cold, warm } = only.includes('panoramics')
    ? await measurePanoramics()
    : { panoramics: 0, cold: null, warm: null }

  return {
    benchmark: 'renditions' as const,
    peer: peer.name,
    machine: {
      processors: availableParallelism(),
      model: cpus()[0]?.model ?? 'unknown',
      node: process.version,
      loadAverage: loadavg().map((value) => Number(value.toFixed(1))),
    },
    quality,
    panoramics,
    cold,
    warm,
    volume,
  }

  async function measureQuality() {
    say('Renditions of real images beside the lossless picture')
    const real: ImageQuality[] = []
    for (const name of realImages) real.push(await measureImage(name, await readFile(corpusPath(name))))
    say("Renditions of the demo's phantom")
    const phantom: ImageQuality[] = []
    const kinds = ['panoramic', 'cephalogram', 'bitewings', 'photograph'] as const
    for await (const { bytes, label } of demoInstances({ only: { patients: ['cote', 'nguyen'], kinds } })) {
      phantom.push(await measureImage(label, Buffer.from(bytes)))
    }
    await worker.idle()
    return {
      how: 'full-size rendition against the lossless one; reduction of the uncompressed pixel data and of the file, in %',
      goals: 'median reduction of the pixel data ≥ 93 % WebP, ≥ 90 % JPEG; SSIM ≥ 0.98 for every image',
      real: { summary: summaryOf(real), images: real },
      phantom: { summary: summaryOf(phantom), images: phantom },
    }
  }

  async function measurePanoramics() {
    say('Panoramics rendered anew, in turns')
    const panoramics = Array.from({ length: warmUps + counts.panoramics }, () => newPanoramic())
    for (const { bytes } of panoramics) {
      await Promise.all([stow(ours, [bytes]), stow(peer.dicomweb, [bytes])])
    }
    await worker.idle()
    await gatewayIdle()
    const cold = await measureCold(panoramics)
    const client = startLoadClient()
    try {
      const warm = [
        await measureWarm(
          client,
          panoramics,
          '1024 pixels wide, as pages ask for it',
          '1024.jpg',
          '?viewport=1024,1024',
        ),
        await measureWarm(client, panoramics, 'full size', 'full.jpg', ''),
      ]
      return { panoramics: counts.panoramics, cold, warm }
    } finally {
      client.close()
    }
  }

  /** Waits until the gateways have done what they do by themselves after their start: their pixel processes warm up. */
  async function gatewayIdle() {
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, started + warmUpStartsMs - performance.now())),
    )
    for (let before = await cpuSeconds(gatewayPids); ;) {
      signal.throwIfAborted()
      await new Promise((resolve) => setTimeout(resolve, 1000))
      const now = await cpuSeconds(gatewayPids)
      if (now - before < idleShare) return
      before = now
    }
  }

  async function measureImage(image: string, file: Buffer): Promise<ImageQuality> {
    signal.throwIfAborted()
    const { path, columns, rows, pixelBytes } = await stored(file)
    const picture = async (name: string) =>
      (await get({ ...ours, root: system.url }, `/renditions/${path}/1/${name}`, 'image/*')).bytes
    const lossless = await picture('full.png')
    const qualities: ImageQuality['formats'] = {}
    for (const format of formats) {
      const lossy = await picture(`full.${format}`).catch((error: unknown) => {
        if (format === 'avif') return null
        throw error
      })
      if (!lossy) continue
      qualities[format] = {
        ...(await pictureQuality(lossless, lossy)),
        reduction: percent(1 - lossy.length / pixelBytes),
        reductionOfFile: percent(1 - lossy.length / file.length),
      }
    }
    const told = formats.map((format) => {
      const quality = qualities[format]
      return quality ? `${format} ${quality.reduction} % ${quality.ssim.toFixed(4)}` : `no ${format}`
    })
    say(`  ${image}: ${told.join(', ')}`)
    return { image, columns, rows, pixelBytes, fileBytes: file.length, formats: qualities }
  }

  /** Stores a file, and says where its renditions are and what it would be uncompressed. */
  async function stored(file: Buffer) {
    await stow(ours, [file])
    const { bytes } = await get(ours, '/instances?limit=5000&includefield=all', 'application/dicom+json')
    type Attributes = Record<string, { Value?: (string | number)[] }>
    const known = JSON.parse(bytes.toString('utf8')) as Attributes[] // PS3.18 §10.6.3
    const found = known.find((one) => {
      const uid = one['00080018']?.Value?.[0]
      return typeof uid === 'string' && file.includes(uid, 0, 'latin1')
    })
    if (!found) throw new Error('What was stored is not found')
    const text = (tag: string) => String(found[tag]?.Value?.[0] ?? '')
    const number = (tag: string) => Number(found[tag]?.Value?.[0] ?? NaN)
    const [columns, rows] = [number('00280011'), number('00280010')]
    return {
      path: `${text('0020000D')}/${text('0020000E')}/${text('00080018')}`,
      columns,
      rows,
      pixelBytes: columns * rows * number('00280002') * (number('00280100') / 8),
    }
  }

  async function measureCold(panoramics: readonly NamedFile[]) {
    const took = { ours: [] as number[], peer: [] as number[] }
    const firsts = { ours: [] as number[], peer: [] as number[] }
    const spent = { ours: 0, peer: 0 }
    for (const [index, { study, series, instance }] of panoramics.entries()) {
      for (const who of ['ours', 'peer'] as const) {
        signal.throwIfAborted()
        const pids = who === 'ours' ? gatewayPids : peerPids
        const before = await cpuSeconds(pids)
        const started = performance.now()
        await get(
          who === 'ours' ? ours : peer.dicomweb,
          `/studies/${study}/series/${series}/instances/${instance}/rendered`,
          'image/jpeg',
        )
        const ms = performance.now() - started
        if (index < warmUps) {
          firsts[who].push(rounded(ms))
          continue
        }
        took[who].push(ms)
        spent[who] += (await cpuSeconds(pids)) - before
      }
    }
    const each = (who: 'ours' | 'peer') => ({
      /** what warmed the processes up, in its order: the first of each after its start */
      firstsMs: firsts[who],
      medianMs: rounded(median(took[who])),
      cpuMs: rounded((spent[who] * 1000) / counts.panoramics),
    })
    const [mine, theirs] = [each('ours'), each('peer')]
    say(`  ${mine.medianMs} ms beside ${theirs.medianMs} ms`)
    return {
      what: 'a panoramic 2888 × 1468 of 16 bits to /rendered, one after the other, each for the first time',
      goal: 'faster than the peer',
      ours: mine,
      peer: theirs,
      times: rounded(theirs.medianMs / mine.medianMs),
    }
  }

  async function measureWarm(
    client: LoadClient,
    panoramics: readonly NamedFile[],
    what: string,
    name: string,
    query: string,
  ) {
    const [shown] = panoramics
    if (!shown) throw new Error('There is no panoramic')
    const { study, series, instance } = shown
    const run = async (root: string, path: string, authorization: string, durationMs: number) => {
      const { origin } = new URL(root)
      const result = await client.run({
        origin: origin.replace('localhost', '127.0.0.1'),
        paths: [path],
        headers: { Authorization: authorization, Accept: 'image/jpeg' },
        connections: 4,
        durationMs,
        seed: 1,
      })
      return result.requests / result.seconds
    }
    const path = `/renditions/${study}/${series}/${instance}/1/${name}`
    const rendered = `/dicom-web/studies/${study}/series/${series}/instances/${instance}/rendered${query}`
    const rates = { ours: [] as number[], peer: [] as number[] }
    for (let round = 0; round < 3; round++) {
      signal.throwIfAborted()
      const durationMs = ((round === 0 ? 0.25 : 0.5) * counts.seconds * 1000) / 1
      const mine = await run(system.url, path, ours.authorization, durationMs)
      const theirs = await run(peer.dicomweb.root, rendered, peer.dicomweb.authorization, durationMs)
      if (round === 0) continue
      rates.ours.push(mine)
      rates.peer.push(theirs)
    }
    const [mine, theirs] = [median(rates.ours), median(rates.peer)]
    say(`  ${what}: ${rounded(mine)}/s beside ${rounded(theirs)}/s`)
    return {
      what,
      goal: '≥ 50 ×',
      oursPerSecond: rounded(mine),
      peerPerSecond: rounded(theirs),
      times: rounded(mine / theirs),
    }
  }

  async function measureVolume() {
    say(`A CBCT of ${counts.slices} slices by C-STORE`)
    const files: string[] = []
    for (const [index, { bytes }] of sliceSeries(counts.slices).entries()) {
      const path = join(folder.path, `${index}.dcm`)
      await writeFile(path, bytes)
      files.push(path)
    }
    const first: NamedFile = newPanoramic()
    await stow(ours, [first.bytes]) // the worker's pixel processes run
    await worker.idle()
    const workerPids = await system.pids('worker')
    const before = await cpuSeconds(workerPids)
    const started = performance.now()
    const { code, stderr } = await storescu({
      dicomPort: system.dicomPort,
      calledAeTitle: system.demo.aeTitle,
      files,
    })
    if (code !== 0) throw new Error(`storescu: ${stderr}`)
    const received = performance.now()
    const made = await worker.renditionsMade(counts.slices + 1)
    const figures = {
      what: `${counts.slices} slices of 512 × 512 × 16 bits by C-STORE, until the last has its thumbnails`,
      goal: '≤ 10 s from arrival',
      secondsFromFirstByte: rounded((made - started) / 1000),
      secondsFromLastByte: rounded((made - received) / 1000),
      /** worker and its pixel processes, for filing, copies of originals and thumbnails */
      workerCpuMsPerSlice: rounded((((await cpuSeconds(workerPids)) - before) * 1000) / counts.slices),
    }
    say(
      `  ${figures.secondsFromFirstByte} s from the first byte, ${figures.secondsFromLastByte} s from the last`,
    )
    return figures
  }
}

function summaryOf(images: ImageQuality[]): Summary {
  const of = (format: Format) => {
    const values = (pick: (one: Quality) => number) =>
      images.flatMap((image) => {
        const quality = image.formats[format]
        return quality ? [pick(quality)] : []
      })
    const both = (all: number[], digits: number) => ({
      median: Number(median(all).toFixed(digits)),
      min: Number(Math.min(...all).toFixed(digits)),
    })
    return {
      images: values(() => 1).length,
      reduction: both(
        values((one) => one.reduction),
        1,
      ),
      reductionOfFile: both(
        values((one) => one.reductionOfFile),
        1,
      ),
      ssim: both(
        values((one) => one.ssim),
        4,
      ),
      psnr: both(
        values((one) => one.psnr ?? 100),
        1,
      ),
    }
  }
  return { jpg: of('jpg'), webp: of('webp'), avif: of('avif') }
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = NaN, high = NaN] =
    sorted.length % 2 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1)
  return (low + high) / 2
}

const percent = (share: number) => Number((share * 100).toFixed(1))
const rounded = (value: number) => Number(value.toFixed(value < 10 ? 2 : 1))
