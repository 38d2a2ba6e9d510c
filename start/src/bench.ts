import { ensureSystemPackages } from './machine/ensure-system-packages.ts'
import { orthancPackages } from './machine/system-packages.ts'
import { runScript } from './run-script.ts'

/** `npm run bench -- NAME`: standard output is the benchmark's JSON alone. */
const needed = [...orthancPackages, 'orthanc-dicomweb', 'dcmtk']
await runScript('bench/src/main.ts', () => ensureSystemPackages(needed, (line) => console.error(line)))
