import { parseArgs } from 'node:util'
import { firstLook, firstLookDefaults } from './first-look/first-look.ts'

const usage = `Usage: npm run --silent bench -- NAME [OPTION…]

Prints JSON: our figures, the peer's from the same run, and their ratio. Progress goes to standard error.

  first-look   from a sent image to its picture, and what a viewer asks for first, beside Orthanc's DICOMweb plugin
    --arrivals N   images sent by each way (${firstLookDefaults.arrivals})
    --requests N   requests of each kind (${firstLookDefaults.requests})
    --studies N    studies that are searched (${firstLookDefaults.studies})
    --slices N     instances of the CT series (${firstLookDefaults.slices})
`

/** `npm run bench -- NAME`. Exit code 0 done, 1 failed, 2 wrong usage. */
async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args)
  if (typeof parsed === 'string') {
    console.error(`${parsed}\n\n${usage}`)
    return 2
  }
  if (parsed.help) {
    console.log(usage)
    return 0
  }
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stopping.abort(new Error('The benchmark was stopped')))
  }
  try {
    const result = await firstLook(parsed.counts, {
      say: (line) => console.error(line),
      signal: stopping.signal,
    })
    console.log(JSON.stringify(result, null, 2))
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : 'The benchmark failed')
    return 1
  }
}

type Parsed = { help: true } | { help: false; counts: typeof firstLookDefaults }

/** @returns what was asked for, or what is wrong with it */
function parse(args: readonly string[]): Parsed | string {
  const count = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        arrivals: count,
        requests: count,
        studies: count,
        slices: count,
      },
    })
    if (values.help) return { help: true }
    const [name, ...more] = positionals
    if (name !== 'first-look' || more.length > 0) return `There is no benchmark called ${name ?? '…'}.`
    const counts = { ...firstLookDefaults }
    for (const key of ['arrivals', 'requests', 'studies', 'slices'] as const) {
      const text = values[key]
      if (text === undefined) continue
      if (!/^[1-9]\d{0,4}$/.test(text)) return `--${key} takes a number from 1 to 99999.`
      counts[key] = Number(text)
    }
    return { help: false, counts }
  } catch (error) {
    return error instanceof Error ? error.message : 'These arguments are not understood.'
  }
}

process.exitCode = await main(process.argv.slice(2))
