import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromiumPath } from '@bitewing/testbed/chromium'
import { childEnvironment } from '../child-environment.ts'
import { runTool } from '../processes/run-tool.ts'
import { projectRoot } from '../project-root.ts'
import { ensureSystemPackages } from './ensure-system-packages.ts'

/** Installs a Chromium when there is none: Debian's headless one, or Playwright's where the package is a mere snap. */
export async function ensureChromium(say: (line: string) => void): Promise<void> {
  if (chromiumPath() !== undefined) return
  const system = await readFile('/etc/os-release', 'utf8').catch(() => '')
  if (!/^ID=ubuntu$/m.test(system)) return ensureSystemPackages(['chromium-headless-shell'], say)

  say("Installing Playwright's Chromium (once)")
  await runTool({
    name: 'The installation of Chromium',
    command: process.execPath,
    args: [join(projectRoot, 'node_modules', 'playwright', 'cli.js'), 'install', '--with-deps', 'chromium'],
    env: { ...childEnvironment(process.env), HOME: process.env['HOME'] ?? '/root' },
  })
}
