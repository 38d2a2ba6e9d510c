import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { demoInstances, REAL_PANORAMIC_PATIENT } from './demo-studies.ts'
import { demoPatients } from './patients.ts'

const usage = `Usage: node demo/src/main.ts --out DIR [--patient KEY]

Writes the demo's DICOM files below DIR. Patients: ${[...demoPatients.map((p) => p.key), REAL_PANORAMIC_PATIENT].join(', ')}
`

function parseOptions() {
  try {
    return parseArgs({
      options: {
        out: { type: 'string' },
        patient: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    }).values
  } catch {
    return undefined // an unknown option, or one without its value
  }
}

const values = parseOptions()
const known = new Set([...demoPatients.map((p) => p.key), REAL_PANORAMIC_PATIENT])
if (values?.help) {
  process.stdout.write(usage)
} else if (!values?.out || values.patient?.some((key) => !known.has(key))) {
  process.stderr.write(usage)
  process.exitCode = 2
} else {
  let files = 0
  let bytes = 0
  for await (const instance of demoInstances({ only: { patients: values.patient } })) {
    const path = join(values.out, instance.fileName)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, instance.bytes)
    files++
    bytes += instance.bytes.length
    if (!instance.fileName.includes('/cbct/') || instance.fileName.endsWith('160.dcm'))
      process.stdout.write(`${instance.fileName}\n`)
  }
  process.stdout.write(`${files} files, ${(bytes / 1e6).toFixed(1)} MB\n`)
}
