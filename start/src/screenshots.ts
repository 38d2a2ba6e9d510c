import { ensureChromium } from './machine/ensure-chromium.ts'
import { ensureSystemPackages } from './machine/ensure-system-packages.ts'
import { orthancPackages } from './machine/system-packages.ts'
import { runScript } from './run-script.ts'

/** `npm run screenshots`: the pictures of the README, taken from a system with the demo practice. */
const say = (line: string) => console.error(line)
await runScript('e2e/screenshots.ts', async () => {
  await ensureSystemPackages(orthancPackages, say)
  await ensureChromium(say)
})
