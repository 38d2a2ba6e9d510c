import { parseArgs } from 'node:util'
import { dicomweb, dicomwebDefaults, dicomwebFull } from './dicomweb/dicomweb.ts'
import { searchScale, searchScaleDefaults, searchScaleFull } from './search-scale/search-scale.ts'
import { firstLook, firstLookDefaults } from './first-look/first-look.ts'
import { patientSearch, patientSearchDefaults } from './patient-search/patient-search.ts'
import {
  renditionParts,
  renditions,
  renditionsDefaults,
  type RenditionPart,
} from './renditions/renditions.ts'
import { viewer, viewerDefaults } from './viewer/viewer.ts'
import { viewing, viewingDefaults } from './viewing/viewing.ts'

const usage = `Usage: npm run --silent bench -- NAME [OPTION…]

Prints JSON: our figures, the peer's from the same run, and their ratio. Progress goes to standard error.

  first-look   from a sent image to its picture, and what a viewer asks for first, beside Orthanc's DICOMweb plugin
    --arrivals N   images sent by each way (${firstLookDefaults.arrivals})
    --requests N   requests of each kind (${firstLookDefaults.requests})
    --studies N    studies that are searched (${firstLookDefaults.studies})
    --slices N     instances of the CT series (${firstLookDefaults.slices})

  dicomweb     each work of a DICOMweb server under load, beside Orthanc's DICOMweb plugin, and what it costs
    --full         the sizes that the goals name, instead of some that take a few minutes
    --only A,B     works whose names contain one of these

  renditions   what renditions keep of an image and what they save; rendering beside Orthanc's DICOMweb plugin
    --slices N     of the CBCT whose thumbnails are waited for (${renditionsDefaults.slices})
    --only A,B     of ${renditionParts.join(', ')}

  viewing      a panoramic in a real browser over 10 Mbit/s and 40 ms: what is seen when, and how like the final picture

  viewer       the app's viewer in a real browser: first image after the click, pictures a second while windowing

  search-scale the same searches in an index of 10,000 studies and of ${searchScaleDefaults.studies}, of ${searchScaleDefaults.tenants} practices
    --full         of ${searchScaleFull.studies} studies with ten instances each: a quarter of an hour, 12 GB of disk

  patient-search  the search of the practice app in a practice of ${patientSearchDefaults.patients} patients
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
    const options = { say: (line: string) => console.error(line), signal: stopping.signal }
    const result =
      parsed.name === 'dicomweb'
        ? await dicomweb(parsed.counts, { ...options, only: parsed.only })
        : parsed.name === 'search-scale'
          ? await searchScale(parsed.counts, options)
          : parsed.name === 'patient-search'
            ? await patientSearch(parsed.counts, options)
            : parsed.name === 'renditions'
              ? await renditions(parsed.counts, { ...options, only: parsed.only })
              : parsed.name === 'viewing'
                ? await viewing(parsed.counts, options)
                : parsed.name === 'viewer'
                  ? await viewer(parsed.counts, options)
                  : await firstLook(parsed.counts, options)
    console.log(JSON.stringify(result, null, 2))
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : 'The benchmark failed')
    return 1
  }
}

type Parsed =
  | { help: true }
  | { help: false; name: 'first-look'; counts: typeof firstLookDefaults }
  | {
      help: false
      name: 'renditions'
      counts: typeof renditionsDefaults
      only: RenditionPart[] | undefined
    }
  | { help: false; name: 'viewing'; counts: typeof viewingDefaults }
  | { help: false; name: 'viewer'; counts: typeof viewerDefaults }
  | { help: false; name: 'patient-search'; counts: typeof patientSearchDefaults }
  | { help: false; name: 'search-scale'; counts: typeof searchScaleDefaults }
  | { help: false; name: 'dicomweb'; counts: typeof dicomwebDefaults; only: string[] | undefined }

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
        full: { type: 'boolean', default: false },
        only: { type: 'string' },
      },
    })
    if (values.help) return { help: true }
    const [name, ...more] = positionals
    if (name === 'search-scale' && more.length === 0) {
      return { help: false, name, counts: values.full ? searchScaleFull : searchScaleDefaults }
    }
    if (name === 'dicomweb' && more.length === 0) {
      const counts = values.full ? dicomwebFull : dicomwebDefaults
      return { help: false, name, counts, only: values.only?.split(',') }
    }
    if (name === 'patient-search' && more.length === 0)
      return { help: false, name, counts: patientSearchDefaults }
    if (name === 'renditions' && more.length === 0) {
      const slices = Number(values.slices ?? renditionsDefaults.slices)
      if (!(slices >= 1 && slices <= 2000)) return '--slices takes a number from 1 to 2000.'
      const words = values.only?.split(',')
      const only = words && renditionParts.filter((part) => words.includes(part))
      if (words && only?.length !== words.length) return `--only takes some of ${renditionParts.join(', ')}.`
      return { help: false, name, counts: { ...renditionsDefaults, slices }, only }
    }
    if (name === 'viewing' && more.length === 0) return { help: false, name, counts: viewingDefaults }
    if (name === 'viewer' && more.length === 0) return { help: false, name, counts: viewerDefaults }
    if (name !== 'first-look' || more.length > 0) return `There is no benchmark called ${name ?? '…'}.`
    const counts = { ...firstLookDefaults }
    for (const key of ['arrivals', 'requests', 'studies', 'slices'] as const) {
      const text = values[key]
      if (text === undefined) continue
      if (!/^[1-9]\d{0,4}$/.test(text)) return `--${key} takes a number from 1 to 99999.`
      counts[key] = Number(text)
    }
    return { help: false, name, counts }
  } catch (error) {
    return error instanceof Error ? error.message : 'These arguments are not understood.'
  }
}

process.exitCode = await main(process.argv.slice(2))
