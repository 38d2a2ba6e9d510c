import { appendFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { keptFolder, keptName } from './kept.ts'
import type { FuzzMessage } from './fuzz-thread.ts'

const usage = `Usage: npm run fuzz -- [--minutes 10] [--target NAME] [--seed NUMBER]

Feeds parsers and gateway with what strangers might send. An input that crashes, hangs for ten seconds or outgrows
512 MB is shown, and kept for the tests.
`
const hangMs = 10_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 0x7fffffff) },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const end = Date.now() + Number(values.minutes) * 60_000
let seed = Number(values.seed)
let findings = 0
while (Date.now() < end) {
  const found = await round(seed++, Math.min(60_000, end - Date.now()))
  if (found) findings++
}
process.stdout.write(`${findings} findings\n`)
process.exit(findings > 0 ? 1 : 0)

/** One thread for a minute at most: a crash, a hang or a full heap ends it alone. */
async function round(roundSeed: number, ms: number): Promise<boolean> {
  const worker = new Worker(new URL('./fuzz-thread.ts', import.meta.url), {
    workerData: { seed: roundSeed, ms, target: values.target ?? null },
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  })
  let last: { target: string; input: string } | null = null
  let runs = 0
  let watch: NodeJS.Timeout | undefined
  const outcome = await new Promise<string | null>((resolve) => {
    worker.on('message', (message: FuzzMessage) => {
      clearTimeout(watch)
      if (message.kind === 'done') resolve(null)
      else if (message.kind === 'failed') {
        last = message
        resolve(message.error)
      } else if (message.kind === 'run') {
        runs++
        last = message
        watch = setTimeout(() => resolve(`no end within ${hangMs / 1000} s`), hangMs)
      }
    })
    worker.on('error', (error: unknown) => resolve(error instanceof Error ? error.message : 'it crashed'))
    worker.on('exit', (code) => resolve(code === 0 ? null : `ended with code ${code}`))
  })
  clearTimeout(watch)
  await worker.terminate()
  process.stdout.write(`seed ${roundSeed}: ${runs} inputs${outcome === null ? '' : `, ${outcome}`}\n`)
  const failed = last as { target: string; input: string } | null
  if (outcome === null || failed === null) return outcome !== null
  process.stdout.write(`  ${failed.target}: ${failed.input.slice(0, 2000)}\n`)
  await appendFile(new URL(keptName(failed.target), keptFolder), `${failed.input}\n`)
  return true
}
