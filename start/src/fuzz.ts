import { ensureSystemPackages } from './machine/ensure-system-packages.ts'
import { orthancPackages } from './machine/system-packages.ts'
import { runScript } from './run-script.ts'

/** `npm run fuzz`: see gateway/src/fuzz. */
await runScript('gateway/src/fuzz/main.ts', () =>
  ensureSystemPackages([...orthancPackages], (line) => console.error(line)),
)
