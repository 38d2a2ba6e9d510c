import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { startSystem } from '@bitewing/testbed'
import { copiesOfPanoramic, type NamedFile } from '../first-look/copies-of-panoramic.ts'
import { stow, type Dicomweb } from '../first-look/dicomweb-peer.ts'
import { startPeer } from '../first-look/start-peer.ts'
import { watchWorker } from '../first-look/watch-worker.ts'
import { manyStudies, sliceSeries } from './bench-data.ts'
import type { LoadResult } from './load-client.ts'
import { orthancPids } from './orthanc-pids.ts'
import { cpuSeconds, residentBytes } from './process-figures.ts'
import { startLoadClient } from './start-load-client.ts'
import { startNullServer } from './start-null-server.ts'
import { postOneByOne, storeInOneBody } from './store-loads.ts'

/** Enough to see by in a few minutes. */
export const dicomwebDefaults = { studies: 1000, frameMegabytes: 500, stowMegabytes: 256, seconds: 4 }
/** As the goals name them. */
export const dicomwebFull = { studies: 5000, frameMegabytes: 4096, stowMegabytes: 2048, seconds: 10 }

export type Rate = {
  perSecond: number
  /** of single requests, in ms */
  p50: number
  p95: number
  requests: number
  /** bytes of an answer's body, on average */
  bytes: number
  /** processor time by process for each request, in ms */
  cpuMs: Record<string, number>
  /** share of one processor that the load client itself used */
  clientShare: number
  otherStatuses?: Record<string, number>
}

export type Work = {
  name: string
  what: string
  connections: number
  goal: string
  ours: Rate
  peer: Rate | null
  /** our rate as a multiple of the peer's: above 1 is faster */
  times: number | null
}

type Options = { say: (line: string) => void; signal: AbortSignal; only?: readonly string[] | undefined }

const json = { Accept: 'application/dicom+json' }
const anyFrame = { Accept: 'multipart/related; type=application/octet-stream; transfer-syntax=*' }
/** As browsers send it. */
const anyEncoding = { 'Accept-Encoding': 'gzip, deflate, br, zstd' }
const anyInstance = { Accept: 'multipart/related; type=application/dicom; transfer-syntax=*' }
const rounds = 2
/** Series of 200 that are stored in turns, and how many of them are left out of the figure. */
const storedInTurns = 20
/** Each is a connection of its own, dealt to the gateway's two processes in turn: either compiles its code in these. */
const storedForWarming = 4

/**
 * The works of a DICOMweb server beside Orthanc's DICOMweb plugin: both started for it on this machine with the same
 * data, asked in turns by the same client over as many connections. Audit and tenant checks are on, as always.
 */
export async function dicomweb(counts: typeof dicomwebDefaults, { say, signal, only }: Options) {
  await using stack = new AsyncDisposableStack()
  say('Starting both systems')
  const newPanoramic = await copiesOfPanoramic()
  const peer = await startPeer()
  stack.defer(() => peer.orthanc.stop())
  const system = await startSystem({ demo: 'no-images' })
  stack.defer(() => system.stop())
  const ours: Dicomweb = { root: `${system.url}/dicom-web`, authorization: `Bearer ${system.demo.token}` }
  const client = startLoadClient()
  stack.defer(() => client.close())
  const worker = await watchWorker(system.dataFolder, signal)
  stack.defer(() => worker.close())
  const processes: Record<string, Record<string, number[]>> = {
    ours: Object.fromEntries(
      await Promise.all(
        ['gateway', 'Orthanc', 'postgres', 'worker'].map(
          async (name) => [name, await system.pids(name)] as const,
        ),
      ),
    ),
    peer: { Orthanc: await orthancPids(peer.orthanc.directory) },
  }
  const gatewayPids = processes['ours']?.['gateway'] ?? []
  if (process.env['BENCH_HOLD']) say(`gateway ${gatewayPids.join()}, ${JSON.stringify(processes)}`)

  const works: Work[] = []
  const wants = (name: string) => only === undefined || only.some((one) => name.includes(one))

  const searches: [name: string, what: string, query: string][] = [
    ['search', 'the newest 25', ''],
    ['search-modality', 'ModalitiesInStudy', '&ModalitiesInStudy=IO'],
    ['search-name', 'PatientName with wildcard', '&PatientName=TREMBLAY*'],
    ['search-date', 'date range and offset', '&StudyDate=20240301-20240930&offset=50'],
  ]

  // what is stored first is what is searched and read later
  const series = Array.from(
    { length: Math.max(storedInTurns, Math.round(counts.frameMegabytes / 100)) },
    () => sliceSeries(200),
  )
  const panoramic = newPanoramic()

  say('Storing: STOW beside posting to /instances')
  works.push(await measureStow(series.slice(0, storedInTurns)))
  for (const files of series.slice(storedInTurns)) {
    signal.throwIfAborted()
    await storeInOneBody(ours, files)
    await worker.dropRenditions()
    await postOneByOne(peer.orthanc, files, 4)
  }
  if (wants('stow')) works.push(await measureSingles())
  await Promise.all([stow(ours, [panoramic.bytes]), stow(peer.dicomweb, [panoramic.bytes])])
  const names = series.flat().map(({ study, series, instance }) => ({ study, series, instance }))
  if (wants('stow-memory')) works.push(await measureMemory())
  if (searches.some(([name]) => wants(name))) {
    say(`Storing ${counts.studies} studies in each`)
    const many = manyStudies(counts.studies)
    for (let at = 0; at < many.length; at += 100) {
      signal.throwIfAborted()
      const files = many.slice(at, at + 100)
      await Promise.all([storeInOneBody(ours, files), postOneByOne(peer.orthanc, files, 4)])
    }
  }
  await worker.idle()
  await worker.analysed()

  const [first] = names
  if (!first) throw new Error('There is nothing to ask for')
  const frame = ({ study, series, instance }: Omit<NamedFile, 'bytes'>) =>
    `/studies/${study}/series/${series}/instances/${instance}/frames/1`
  for (const [name, what, query] of searches) {
    await compare(name, `search limit=25, ${what}, ${counts.studies} studies`, 8, '≥ 30 ×', json, {
      paths: [`/studies?limit=25&includefield=00081030,00080060${query}`],
    })
  }
  await compare(
    'series-metadata',
    'metadata of a CT series of 200',
    4,
    '≥ 100 ×',
    { ...json, 'Accept-Encoding': 'gzip' },
    {
      paths: [`/studies/${first.study}/series/${first.series}/metadata`],
    },
  )
  await compare(
    'frame',
    `512 KB frames, at random of ${names.length}; the plugin without HTTP compression`,
    8,
    '≥ 10 ×',
    anyFrame,
    {
      paths: names.map(frame),
    },
  )
  await compare('series', 'a CT series of 200 as multipart', 2, '≥ 1 ×', anyInstance, {
    paths: [...new Set(names.map(({ study, series }) => `/studies/${study}/series/${series}`))],
  })
  await compare(
    'rendition',
    'a panoramic 1024 pixels wide, kept by us',
    4,
    '≥ 50 ×',
    { Accept: 'image/jpeg' },
    {
      paths: [`${frame(panoramic)}/rendered?viewport=1024,1024`],
      ourPaths: [`/renditions/${panoramic.study}/${panoramic.series}/${panoramic.instance}/1/1024.jpg`],
    },
  )
  await compare(
    'rendered',
    'a panoramic 2888 × 1468 in its full size, made anew by both',
    4,
    '',
    { Accept: 'image/jpeg' },
    {
      paths: [`${frame(panoramic)}/rendered`],
    },
  )

  if (wants('frame-as-packaged')) {
    // last: it stays so. `true` is what Orthanc 1.10.1 does unless told otherwise, and its package's configuration says.
    await peer.orthanc.pause()
    await peer.orthanc.restart({ HttpCompressionEnabled: true })
    processes['peer'] = { Orthanc: await orthancPids(peer.orthanc.directory) }
    await compare(
      'frame-as-packaged',
      `512 KB frames, at random of ${names.length}, asked for as browsers do; the plugin as its package comes, with HTTP compression`,
      8,
      '≥ 10 ×',
      { ...anyFrame, ...anyEncoding },
      { paths: names.map(frame) },
    )
  }

  say('Measuring what the client itself could measure at most')
  const ceiling: Record<string, { perSecond: number; clientShare: number }> = {}
  for (const [name, bytes] of [
    ['20 KB', 20_000],
    ['512 KB', 524_288],
  ] as const) {
    const server = await startNullServer(bytes)
    const result = await client.run({
      origin: server.origin,
      paths: ['/'],
      headers: {},
      connections: 8,
      durationMs: 2000,
      seed: 1,
    })
    server.close()
    ceiling[name] = {
      perSecond: rounded(result.requests / result.seconds),
      clientShare: rounded(result.clientCpuSeconds / result.seconds),
    }
  }

  return {
    benchmark: 'dicomweb' as const,
    peer: peer.name,
    machine: {
      processors: availableParallelism(),
      model: cpus()[0]?.model ?? 'unknown',
      memoryBytes: totalmem(),
      node: process.version,
      loadAverage: loadavg().map(rounded),
    },
    counts,
    times: 'our rate as a multiple of the peer’s in the same run; above 1 is faster',
    client: { what: 'the load client against a server that only answers, 8 connections', ceiling },
    works,
  }

  async function compare(
    name: string,
    what: string,
    connections: number,
    goal: string,
    headers: Record<string, string>,
    { paths, ourPaths }: { paths: string[]; ourPaths?: string[] },
  ) {
    if (!wants(name)) return
    say(`Measuring ${name}`)
    const results: Record<'ours' | 'peer', LoadResult[]> = { ours: [], peer: [] }
    const cpu: Record<'ours' | 'peer', Record<string, number>> = { ours: {}, peer: {} }
    for (let round = 0; round <= rounds; round++) {
      for (const who of ['ours', 'peer'] as const) {
        signal.throwIfAborted()
        const server = who === 'ours' ? ours : peer.dicomweb
        const { origin, pathname } = new URL(server.root)
        const before = await cpuOf(who)
        const result = await client.run({
          origin: origin.replace('localhost', '127.0.0.1'),
          paths: who === 'ours' && ourPaths ? ourPaths : paths.map((path) => pathname + path),
          headers: { Authorization: server.authorization, ...headers },
          connections,
          durationMs: (counts.seconds * 1000) / rounds, // the first round is for warming
          seed: round * 7919,
        })
        if (round === 0) continue
        results[who].push(result)
        const after = await cpuOf(who)
        for (const key of Object.keys(after)) {
          cpu[who][key] = (cpu[who][key] ?? 0) + (after[key] ?? 0) - (before[key] ?? 0)
        }
      }
    }
    const [mine, theirs] = [rate(results.ours, cpu.ours), rate(results.peer, cpu.peer)]
    works.push({
      name,
      what,
      connections,
      goal,
      ours: mine,
      peer: theirs,
      times: rounded(mine.perSecond / theirs.perSecond),
    })
    say(`  ${mine.perSecond}/s beside ${theirs.perSecond}/s`)
  }

  async function cpuOf(who: 'ours' | 'peer'): Promise<Record<string, number>> {
    const entries = Object.entries(processes[who] ?? {})
    return Object.fromEntries(
      await Promise.all(entries.map(async ([name, pids]) => [name, await cpuSeconds(pids)] as const)),
    )
  }

  async function timed(
    who: 'ours' | 'peer',
    requests: number,
    bytes: number,
    work: () => Promise<void>,
  ): Promise<Rate> {
    signal.throwIfAborted()
    const before = await cpuOf(who)
    const clientBefore = process.cpuUsage()
    const started = performance.now()
    await work()
    const took = performance.now() - started
    const client = process.cpuUsage(clientBefore)
    const after = await cpuOf(who)
    const cpuMs = Object.fromEntries(
      Object.keys(after).map((key) => [
        key,
        rounded((((after[key] ?? 0) - (before[key] ?? 0)) * 1000) / requests),
      ]),
    )
    const each = rounded(took / requests)
    return {
      perSecond: rounded((requests * 1000) / took),
      p50: each,
      p95: each,
      requests,
      bytes,
      cpuMs,
      clientShare: rounded((client.user + client.system) / 1000 / took),
    }
  }

  /** One series after another, in turns; what the first ones take is left out. */
  async function measureStow(some: readonly NamedFile[][]): Promise<Work> {
    await stow(ours, [newPanoramic().bytes])
    await worker.idle() // its pictures are nothing of the series'
    const total: Record<'ours' | 'peer', Rate[]> = { ours: [], peer: [] }
    for (const files of some) {
      signal.throwIfAborted()
      const bytes = files[0]?.bytes.byteLength ?? 0
      total.ours.push(await timed('ours', files.length, bytes, () => storeInOneBody(ours, files)))
      await worker.dropRenditions()
      await worker.idle()
      total.peer.push(await timed('peer', files.length, bytes, () => postOneByOne(peer.orthanc, files, 4)))
    }
    const warm = (rates: Rate[]) => median(rates.slice(storedForWarming))
    const [mine, theirs] = [warm(total.ours), warm(total.peer)]
    const times = rounded(mine.perSecond / theirs.perSecond)
    const each = (rates: Rate[]) => rates.map(({ perSecond }) => perSecond).join(', ')
    say(`  ${each(total.ours)} instances/s beside ${each(total.peer)}/s`)
    return {
      name: 'stow-200',
      what: `200 × 512 KB in one STOW request; the peer: POST /instances one by one over 4 connections. Ours: ${each(total.ours)} a second; the peer: ${each(total.peer)}`,
      connections: 1,
      goal: '≥ 0.8 ×',
      ours: mine,
      peer: theirs,
      times,
    }
  }

  async function measureSingles(): Promise<Work> {
    const count = 8
    const total: Record<'ours' | 'peer', Rate[]> = { ours: [], peer: [] }
    for (let index = 0; index < count; index++) {
      for (const who of ['ours', 'peer'] as const) {
        const { bytes } = newPanoramic()
        const server = who === 'ours' ? ours : peer.dicomweb
        const one = await timed(who, 1, bytes.byteLength, () => stow(server, [bytes]))
        if (index > 0) total[who].push(one)
        if (who === 'ours') await worker.idle()
      }
    }
    const [mine, theirs] = [median(total.ours), median(total.peer)]
    say(`  one panoramic: ${mine.p50} ms beside ${theirs.p50} ms`)
    return {
      name: 'stow-one',
      what: 'one panoramic of 8.5 MB by STOW',
      connections: 1,
      goal: '',
      ours: mine,
      peer: theirs,
      times: rounded(mine.perSecond / theirs.perSecond),
    }
  }

  async function measureMemory(): Promise<Work> {
    const count = Math.max(1, Math.round(counts.stowMegabytes / 8.5))
    const resident = async () => (await Promise.all(gatewayPids.map(residentBytes))).reduce((a, b) => a + b)
    const before = await resident()
    let most = before
    const watching = setInterval(() => {
      void resident().then((now) => (most = Math.max(most, now)))
    }, 50)
    function* files() {
      for (let index = 0; index < count; index++) yield newPanoramic()
    }
    const mine = await timed('ours', count, panoramic.bytes.byteLength, () => storeInOneBody(ours, files()))
    clearInterval(watching)
    const grown = rounded((most - before) / 1024 ** 2)
    say(`  ${counts.stowMegabytes} MB in one body: ${grown} MB more memory`)
    await worker.dropRenditions()
    await worker.idle()
    return {
      name: 'stow-memory',
      what: `one STOW body of ${counts.stowMegabytes} MB: the resident memory of the gateway's processes grew by ${grown} MB, from ${rounded(before / 1024 ** 2)} MB`,
      connections: 1,
      goal: '< 64 MB',
      ours: mine,
      peer: null,
      times: null,
    }
  }
}

function rate(results: LoadResult[], cpu: Record<string, number>): Rate {
  const sum = (of: (result: LoadResult) => number) => results.reduce((total, result) => total + of(result), 0)
  const requests = sum((result) => result.requests)
  const seconds = sum((result) => result.seconds)
  const sorted = results.flatMap((result) => result.milliseconds).sort((a, b) => a - b)
  const rank = (share: number) => rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN)
  const otherStatuses: Record<string, number> = {}
  for (const result of results) {
    for (const [status, count] of Object.entries(result.otherStatuses)) {
      otherStatuses[status] = (otherStatuses[status] ?? 0) + count
    }
  }
  return {
    perSecond: rounded(requests / seconds),
    p50: rank(0.5),
    p95: rank(0.95),
    requests,
    bytes: Math.round(sum((result) => result.bytes) / requests),
    cpuMs: Object.fromEntries(
      Object.entries(cpu).map(([name, spent]) => [name, rounded((spent * 1000) / requests)]),
    ),
    clientShare: rounded(sum((result) => result.clientCpuSeconds) / seconds),
    ...(Object.keys(otherStatuses).length > 0 ? { otherStatuses } : {}),
  }
}

function median(rates: Rate[]): Rate {
  const middle = rates.toSorted((a, b) => a.p50 - b.p50)[Math.floor(rates.length / 2)]
  if (!middle) throw new Error('Nothing was measured')
  return { ...middle, requests: rates.length, p95: Math.max(...rates.map(({ p95 }) => p95)) }
}

function rounded(value: number): number {
  return Number(value.toFixed(value < 10 ? 2 : 1))
}
