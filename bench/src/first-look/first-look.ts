import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { startSystem, storescu, temporaryFolder } from '@bitewing/testbed'
import { copiesOfPanoramic, type NamedFile } from './copies-of-panoramic.ts'
import { findsStudy, get, stow, type Dicomweb } from './dicomweb-peer.ts'
import { followEvents } from './follow-events.ts'
import { newUid } from './new-uid.ts'
import { startPeer } from './start-peer.ts'
import { ratio, summarize, type Summary } from './summarize.ts'
import { watchWorker } from './watch-worker.ts'
import { slicePixels, writeDicom } from './write-dicom.ts'

/** How much is sent and asked. */
export const firstLookDefaults = { arrivals: 6, requests: 80, studies: 200, slices: 100 }

export type Figure = {
  name: string
  what: string
  unit: 'ms'
  ours: Summary
  /** Null where the peer has nothing of the kind. */
  peer: Summary | null
  ratio: { p50: number | null; p95: number | null } | null
}

export type FirstLook = {
  benchmark: 'first-look'
  peer: string
  machine: { processors: number; model: string; memoryBytes: number; node: string }
  data: { studies: number; slices: number; sliceBytes: number; panoramicBytes: number }
  /** How `ratio` reads. */
  ratio: string
  figures: Figure[]
}

type Options = { say: (line: string) => void; signal: AbortSignal }

const json = 'application/dicom+json'
const anyFrame = 'multipart/related; type=application/octet-stream; transfer-syntax=*'
/** After this no further rounds of one kind begin, and its figure says how many there were: three minutes in all. */
const measuringMsMax = 12_000

/**
 * From a sent image to its picture, and what a viewer asks for first, beside Orthanc's DICOMweb plugin on the same
 * machine with the same data, in turns, one request at a time. Both are started for it and removed after it.
 */
export async function firstLook(
  counts: typeof firstLookDefaults,
  { say, signal }: Options,
): Promise<FirstLook> {
  await using stack = new AsyncDisposableStack()
  say('Starting both systems')
  const newPanoramic = await copiesOfPanoramic()
  const folder = await temporaryFolder('bench')
  stack.defer(() => folder.remove())
  const peer = await startPeer()
  stack.defer(() => peer.orthanc.stop())
  const system = await startSystem({ demo: 'no-images' })
  stack.defer(() => system.stop())
  const ours: Dicomweb = {
    root: `${system.url}/dicom-web`,
    authorization: `Bearer ${system.demo.token}`,
  }
  signal.throwIfAborted()

  say(`Storing ${counts.studies} studies and a CT series of ${counts.slices} in each`)
  for (const files of batches(manyStudies(counts.studies), 50)) {
    signal.throwIfAborted()
    await Promise.all([stow(ours, files), stow(peer.dicomweb, files)])
  }
  const slices = ctSeries(counts.slices)
  for (const files of batches(slices, 20)) {
    signal.throwIfAborted()
    const bytes = files.map((file) => file.bytes)
    await Promise.all([stow(ours, bytes), stow(peer.dicomweb, bytes)])
  }
  const shown = newPanoramic()
  await Promise.all([stow(ours, [shown.bytes]), stow(peer.dicomweb, [shown.bytes])])
  const worker = await watchWorker(system.dataFolder, signal, { withoutLarge: true })
  stack.defer(() => worker.close())
  await worker.idle()

  const figures: Figure[] = []
  const alternate = (rounds: number, work: readonly (() => Promise<void>)[]) =>
    inTurns(rounds, work, { until: performance.now() + measuringMsMax, signal })

  say('Measuring arrivals by STOW')
  {
    const [stowed, stowedPeer, seen, seenPeer] = [samples(), samples(), samples(), samples()]
    await alternate(counts.arrivals, [
      async () => {
        const file = newPanoramic()
        const [end] = await stowed.time(() => stow(ours, [file.bytes]))
        await seen.since(end, () =>
          get({ ...ours, root: system.url }, renditionPath(file, '200'), 'image/jpeg'),
        )
        await worker.idle()
      },
      async () => {
        const file = newPanoramic()
        const [end] = await stowedPeer.time(() => stow(peer.dicomweb, [file.bytes]))
        await seenPeer.since(end, () =>
          get(peer.dicomweb, `${framePath(file)}/rendered?viewport=200,200`, 'image/jpeg'),
        )
      },
    ])
    figures.push(
      figure('stow', 'STOW of a panoramic, from its first byte to the answer', stowed, stowedPeer),
      figure(
        'stow-to-thumbnail',
        'from the end of that STOW to a 200-pixel picture of it, served',
        seen,
        seenPeer,
      ),
    )
  }

  say('Measuring arrivals by C-STORE')
  {
    const events = await followEvents(system.url, ours.authorization)
    stack.defer(() => events.close())
    const [told, found, foundPeer] = [samples(), samples(), samples()]
    const path = join(folder.path, 'panoramic.dcm')
    const send = async (dicomPort: number, calledAeTitle: string): Promise<[string, number]> => {
      const file = newPanoramic()
      await writeFile(path, file.bytes)
      const { code, stderr } = await storescu({ dicomPort, calledAeTitle, files: [path] })
      if (code !== 0) throw new Error(`storescu: ${stderr}`)
      return [file.study, performance.now()]
    }
    await alternate(counts.arrivals, [
      async () => {
        const [study, end] = await send(system.dicomPort, system.demo.aeTitle)
        const moment = events.heard(study)
        await found.since(end, () => waitUntil(() => findsStudy(ours, study)))
        told.add((await moment) - end)
        await worker.idle()
      },
      async () => {
        const [study, end] = await send(peer.orthanc.dicomPort, 'PEER')
        await foundPeer.since(end, () => waitUntil(() => findsStudy(peer.dicomweb, study)))
      },
    ])
    figures.push(
      figure(
        'c-store-to-search',
        'from the end of a C-STORE of a panoramic until a search finds it',
        found,
        foundPeer,
      ),
      figure(
        'c-store-to-open-page',
        'from the end of that C-STORE until an open page is told of it',
        told,
        null,
      ),
    )
    events.close()
  }

  say('Measuring requests')
  const list =
    '/studies?limit=25&offset=0&fuzzymatching=false&includefield=00081030,00080060,00080090,00100030'
  const [firstSlice] = slices
  if (!firstSlice) throw new Error('The series has no slices')
  const metadata = `/studies/${firstSlice.study}/series/${firstSlice.series}/metadata`
  const frame = (round: number) => framePath(slices[round % slices.length] ?? firstSlice)
  const gateway = { ...ours, root: system.url }
  await compare('study-list', 'QIDO-RS, 25 studies, as OHIF asks', counts.requests, {
    ours: () => get(ours, list, json),
    peer: () => get(peer.dicomweb, list, json),
  })
  await compare(
    'series-metadata',
    `metadata of a CT series of ${slices.length}`,
    Math.min(counts.requests, 40),
    {
      ours: () => get(ours, metadata, json),
      peer: () => get(peer.dicomweb, metadata, json),
    },
  )
  await compare('frame', 'one frame of 512 KB, each time of another slice', counts.requests, {
    ours: (round) => get(ours, frame(round), anyFrame),
    peer: (round) => get(peer.dicomweb, frame(round), anyFrame),
  })
  await compare(
    'rendition',
    'a panoramic 1024 pixels wide, kept by us, made anew by the peer',
    Math.min(counts.requests, 40),
    {
      ours: () => get(gateway, renditionPath(shown, '1024'), 'image/jpeg'),
      peer: () => get(peer.dicomweb, `${framePath(shown)}/rendered?viewport=1024,1024`, 'image/jpeg'),
    },
  )
  await compare(
    'rendered',
    'a panoramic rendered in its full size, made anew by both',
    Math.min(counts.requests, 20),
    {
      ours: () => get(ours, `${framePath(shown)}/rendered`, 'image/jpeg'),
      peer: () => get(peer.dicomweb, `${framePath(shown)}/rendered`, 'image/jpeg'),
    },
  )

  async function compare(
    name: string,
    what: string,
    rounds: number,
    work: Record<'ours' | 'peer', (round: number) => Promise<{ bytes: Buffer }>>,
  ) {
    const [mine, theirs] = [samples(), samples()]
    for (const warming of [0, 1, 2]) {
      await work.ours(warming)
      await work.peer(warming)
    }
    let round = 3
    await alternate(rounds, [
      async () => void (await mine.time(() => work.ours(round))),
      async () => void (await theirs.time(() => work.peer(round++))),
    ])
    figures.push(figure(name, what, mine, theirs))
  }

  return {
    benchmark: 'first-look',
    peer: peer.name,
    machine: {
      processors: availableParallelism(),
      model: cpus()[0]?.model ?? 'unknown',
      memoryBytes: totalmem(),
      node: process.version,
    },
    data: {
      studies: counts.studies,
      slices: slices.length,
      sliceBytes: 512 * 512 * 2,
      panoramicBytes: shown.bytes.byteLength,
    },
    ratio: 'our time as a share of the peer’s; below 1 is faster',
    figures,
  }
}

type Samples = ReturnType<typeof samples>

function samples() {
  const milliseconds: number[] = []
  let bytes: number | undefined
  return {
    add: (value: number) => void milliseconds.push(value),
    /** @returns the moment of the end, and what was made */
    async time<T>(work: () => Promise<T>): Promise<[number, T]> {
      return this.since(performance.now(), work)
    },
    async since<T>(start: number, work: () => Promise<T>): Promise<[number, T]> {
      const made = await work()
      const end = performance.now()
      milliseconds.push(end - start)
      if (isAnswer(made)) bytes = made.bytes.byteLength
      return [end, made]
    },
    summary: () => summarize(milliseconds, bytes),
  }
}

function isAnswer(made: unknown): made is { bytes: Buffer } {
  return typeof made === 'object' && made !== null && 'bytes' in made && Buffer.isBuffer(made.bytes)
}

function figure(name: string, what: string, ours: Samples, peer: Samples | null): Figure {
  const [mine, theirs] = [ours.summary(), peer?.summary() ?? null]
  return { name, what, unit: 'ms', ours: mine, peer: theirs, ratio: theirs && ratio(mine, theirs) }
}

/** Each in turn, so that a machine that slows down slows both; at least one round. */
async function inTurns(
  rounds: number,
  work: readonly (() => Promise<void>)[],
  { until, signal }: { until: number; signal: AbortSignal },
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && performance.now() > until) return
    for (const one of work) {
      signal.throwIfAborted()
      await one()
    }
  }
}

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('A study was not found within 20 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function framePath({ study, series, instance }: NamedFile): string {
  return `/studies/${study}/series/${series}/instances/${instance}/frames/1`
}

function renditionPath({ study, series, instance }: NamedFile, size: string): string {
  return `/renditions/${study}/${series}/${instance}/1/${size}.jpg`
}

function manyStudies(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) =>
    writeDicom({
      studyInstanceUid: newUid(),
      seriesInstanceUid: newUid(),
      sopInstanceUid: newUid(),
      patientName: `Tremblay^Test${index}`,
      patientId: `BENCH-${index}`,
      studyDate: `2024${String((index % 12) + 1).padStart(2, '0')}${String((index % 28) + 1).padStart(2, '0')}`,
      modality: 'IO',
      instanceNumber: 1,
      columns: 0,
      rows: 0,
    }),
  )
}

function ctSeries(count: number): NamedFile[] {
  const [study, series] = [newUid(), newUid()]
  return Array.from({ length: count }, (_, index) => {
    const instance = newUid()
    const bytes = writeDicom({
      studyInstanceUid: study,
      seriesInstanceUid: series,
      sopInstanceUid: instance,
      patientName: 'Gagné^Série',
      patientId: 'BENCH-CT',
      studyDate: '20240615',
      modality: 'CT',
      instanceNumber: index + 1,
      columns: 512,
      rows: 512,
      pixels: slicePixels(512, 512, index),
    })
    return { study, series, instance, bytes }
  })
}

function batches<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  )
}
