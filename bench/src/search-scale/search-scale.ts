import { readFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { closeDatabase, connectDatabase } from '@bitewing/db'
import { startSystem } from '@bitewing/testbed'
import { startLoadClient } from '../dicomweb/start-load-client.ts'
import { summarize, type Summary } from '../first-look/summarize.ts'
import { fillIndex } from './fill-index.ts'

export const searchScaleDefaults = { studies: 100_000, instancesEach: 2, tenants: 200, requests: 400 }
export const searchScaleFull = { studies: 1_000_000, instancesEach: 10, tenants: 200, requests: 1000 }

const firstStudies = 10_000
const warmUps = 200
/** longer than any of these takes, and shorter than people wait */
const giveUpMs = 5 * 60_000

const modalities = ['IO', 'PX', 'CT', 'DX', 'XC']
const families = ['TREMBLAY', 'GAGNON', 'ROY', 'BOUCHARD', 'GAUTHIER', 'MORIN', 'LAVOIE', 'FORTIN']
const givens = ['Zoe', 'Luc', 'Jean', 'Anais', 'Marc', 'Paul', 'Guy', 'Rose']

/**
 * What is asked, by its number: each is another question, as two people rarely ask the same. A question that repeats
 * while nothing is stored is answered from a kept answer, whatever the index's size; `asked again` is that one.
 */
const queries: Record<string, (n: number) => string> = {
  newest: (n) => `&StudyDate=-${day(n)}`,
  'asked again': () => '',
  'by modality': (n) => `&ModalitiesInStudy=${nth(modalities, n)}&StudyDate=-${day(n)}`,
  'by name': (n) => `&PatientName=${nth(families, n)}*&StudyDate=-${day(n)}`,
  'by words of a name': (n) => `&fuzzymatching=true&PatientName=${nth(givens, n)}&StudyDate=-${day(n)}`,
  'by patient id': (n) => `&PatientID=P-${n}`,
  'by date, offset': (n) => `&StudyDate=${day(n + 200)}-${day(n)}&offset=${n % 59}`,
  'nothing found': (n) => `&PatientName=NOBODY${n}*`,
}

/**
 * The same searches in an index of 10,000 studies and in a large one, of the same practices: rows as the gateway
 * writes them, but without files behind them. Each search alone, one after the other.
 */
export async function searchScale(
  counts: typeof searchScaleDefaults,
  { say, signal }: { say: (line: string) => void; signal: AbortSignal },
) {
  await using stack = new AsyncDisposableStack()
  say('Starting the system')
  const system = await startSystem({ demo: 'no-images' })
  stack.defer(() => system.stop())
  const folder = join(system.dataFolder, 'postgres')
  const [password, port] = await Promise.all(
    ['superuser-password', 'port'].map(async (name) => (await readFile(join(folder, name), 'utf8')).trim()),
  )
  const facts = JSON.parse(await readFile(join(system.dataFolder, 'runtime.json'), 'utf8')) as {
    environment: { DATABASE_URL: string } // written by npm start
  }
  const name = new URL(facts.environment.DATABASE_URL).pathname.slice(1)
  const db = connectDatabase(`postgres://postgres:${password}@127.0.0.1:${port}/${name}`, 1)
  stack.defer(() => closeDatabase(db))
  const client = startLoadClient()
  stack.defer(() => client.close())

  const measured: Record<number, Record<string, Summary>> = {}
  for (const studies of [Math.min(firstStudies, counts.studies), counts.studies]) {
    signal.throwIfAborted()
    say(`Filling the index to ${studies} studies`)
    const began = performance.now()
    await fillIndex(db, { ...counts, studies, demoTenant: system.demo.tenant })
    say(`  ${Math.round((performance.now() - began) / 1000)} s`)
    const figures: Record<string, Summary> = {}
    for (const [what, path] of Object.entries(queries)) {
      signal.throwIfAborted()
      const load = {
        origin: system.url.replace('localhost', '127.0.0.1'),
        headers: { Authorization: `Bearer ${system.demo.token}`, Accept: 'application/dicom+json' },
        connections: 1,
        durationMs: giveUpMs,
      }
      const ask = (from: number, to: number) =>
        client.run({
          ...load,
          paths: Array.from({ length: to - from }, (_, n) => `/dicom-web/studies?limit=25${path(from + n)}`),
        })
      await ask(0, warmUps)
      const { milliseconds, bytes, otherStatuses } = await ask(warmUps, warmUps + counts.requests)
      if (milliseconds.length < counts.requests) throw new Error(`Searches ${what} took more than minutes`)
      if (Object.keys(otherStatuses).length > 0) throw new Error(`A search ${what} was refused`)
      figures[what] = summarize(milliseconds, Math.round(bytes / milliseconds.length))
      say(`  ${what}: p50 ${figures[what].p50} ms, p95 ${figures[what].p95} ms`)
    }
    measured[studies] = figures
  }
  const { rows: sizes } = await db.client.query<{ database: string; studies: string; instances: string }>(
    `SELECT pg_size_pretty(pg_database_size(current_database())) AS database,
            (SELECT count(*) FROM studies) AS studies, (SELECT count(*) FROM instances) AS instances`,
  )
  return { benchmark: 'search-scale' as const, counts, loadAverage: loadavg(), sizes: sizes[0], measured }
}

function nth(values: readonly string[], n: number): string {
  return values[n % values.length] ?? ''
}

/** A day, as DICOM writes it: the n-th before the end of 2024. The studies are of 4,000 days from 2014 on. */
function day(n: number): string {
  return new Date(Date.UTC(2024, 11, 31 - n)).toISOString().slice(0, 10).replaceAll('-', '')
}
