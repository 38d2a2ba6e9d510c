import { ensureSystemPackages } from './machine/ensure-system-packages.ts'
import { orthancPackages } from './machine/system-packages.ts'
import { runScript } from './run-script.ts'

/** `npm run screenshots`: the pictures of the README, taken from a system with the demo practice. */
const needed = [...orthancPackages, 'chromium']
await runScript('e2e/screenshots.ts', () => ensureSystemPackages(needed, (line) => console.error(line)))
