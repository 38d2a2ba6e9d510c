import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pixelsTestPackages } from '../../gateway/src/pixels/test-packages.ts'
import { swiftPackages } from '@bitewing/testbed/swift/packages'
import { buildWeb } from './build-web.ts'
import { childEnvironment } from './child-environment.ts'
import { ensureChromium } from './machine/ensure-chromium.ts'
import { ensureSystemPackages } from './machine/ensure-system-packages.ts'
import { npmConfiguration } from './machine/npm-configuration.ts'
import { orthancPackages } from './machine/system-packages.ts'
import { installOhif } from './ohif/install-ohif.ts'
import { ohifRelease } from './ohif/ohif-release.ts'
import { startChild, type Child } from './processes/child.ts'
import { endDescendants } from './processes/end-descendants.ts'
import { onStopRequest } from './processes/on-stop-request.ts'
import { projectRoot } from './project-root.ts'
import { browserResults, unitResults, type Results } from './test-results.ts'

/**
 * `npm test [lint|unit|e2e [ARGUMENT…]]`: installs what the tests need, runs everything and counts. Checks, tests of
 * units and browser tests run beside each other. The last line is `N passed, N failed`.
 */
const [part, ...args] = process.argv.slice(2)
const parts = ['lint', 'unit', 'e2e']
if (part !== undefined && !parts.includes(part)) {
  console.error(`Usage: npm test [-- ${parts.join('|')} [ARGUMENT…]]`)
  process.exit(2)
}
const runs = (name: string) => part === undefined || part === name

const children = new Set<Child>()
let stopping = false
onStopRequest(() => {
  stopping = true
  for (const child of children) void child.stop()
})

const say = (line: string) => console.log(line)
const results: Results[] = []
/**
 * Checks make garbage of gigabytes: with 256 MB for what is young, ESLint took 41 s of processor time, with 64 MB 51, and
 * 3.0 GB of memory, not 2.3.
 */
const roomForTheYoung = { NODE_OPTIONS: '--max-semi-space-size=256' }
const resultsFolder = join(projectRoot, 'test-results')

try {
  await rm(resultsFolder, { recursive: true, force: true })
  await mkdir(resultsFolder, { recursive: true })
  await ensureSystemPackages(
    [
      ...orthancPackages,
      'orthanc-dicomweb',
      'dcmtk',
      'curl',
      'poppler-utils',
      ...pixelsTestPackages,
      ...swiftPackages,
    ],
    say,
  )
  if (runs('e2e')) await ensureChromium(say)
  const webIsBuilt = runs('lint') || runs('e2e') ? buildWeb({ say }).then(() => undefined) : Promise.resolve()
  // once, before several systems start that would each fetch it
  const viewerIsThere = runs('e2e')
    ? installOhif(join(projectRoot, '.cache', ohifRelease.name), { log: say })
    : undefined
  const allIsThere = Promise.all([webIsBuilt, viewerIsThere]).then(() => undefined)
  await Promise.all([allIsThere, runs('lint') ? checks(webIsBuilt) : undefined, tests(allIsThere)])
} catch (error) {
  results.push(failure('the test run', error instanceof Error ? error.message : 'it could not be run'))
}

const passed = sum(({ passed }) => passed)
const failed = results.flatMap(({ failures }) => failures)
if (failed.length > 0) say(`\nFailed:\n${failed.map((name) => `  ${name}`).join('\n')}`)
const skipped = sum(({ skipped }) => skipped)
if (skipped > 0) say(`\n${skipped} skipped`)
say(`${passed} passed, ${failed.length} failed`)
endDescendants()
process.exit(failed.length > 0 || stopping ? 1 : 0)

/**
 * Type check and lint; each counts as one. Their words are shown when they fail.
 *
 * @param webIsBuilt what is `ofWeb` reads what the build generates; the build leaves a processor idle, which the others use
 */
async function checks(webIsBuilt: Promise<void>): Promise<void> {
  const bin = (name: string) => join(projectRoot, 'node_modules', '.bin', name)
  // both TypeScripts have a tsc: 7 checks all but the web app; one thread, since the other processor has its work
  const tsc = join(projectRoot, 'node_modules', '@typescript', 'native', 'bin', 'tsc')
  const steps = [
    { name: 'type check (tsc)', command: tsc, args: ['--noEmit', '--singleThreaded'], ofWeb: false },
    {
      name: 'format (prettier)',
      command: bin('prettier'),
      args: ['--check', '--log-level', 'warn', '.'],
      ofWeb: false,
    },
    {
      name: 'type check (svelte-check)',
      command: 'npm',
      args: ['run', '--silent', '--workspace', 'web', 'check'],
      ofWeb: true,
    },
    { name: 'lint (oxlint)', command: bin('oxlint'), args: [], ofWeb: true },
    { name: 'lint of components (eslint)', command: bin('eslint'), args: ['.'], ofWeb: true },
    { name: 'dead code (knip)', command: bin('knip'), args: [], ofWeb: true },
  ]
  for (const { name, command, args, ofWeb } of steps) {
    if (ofWeb) await webIsBuilt
    if (stopping) return
    const lines: string[] = []
    const startedAt = Date.now()
    const code = await run(name, command, args, (line) => lines.push(line), roomForTheYoung)
    const seconds = Math.round((Date.now() - startedAt) / 1000)
    say(code === 0 ? `✓ ${name} (${seconds} s)` : `✗ ${name} (${seconds} s)\n${lines.join('\n')}`)
    results.push(code === 0 ? { passed: 1, skipped: 0, failures: [] } : failure(name))
  }
}

/** Tests of units and of the whole in a browser, beside each other: both wait for real programs half of their time. */
async function tests(allIsThere: Promise<void>): Promise<void> {
  await allIsThere
  await Promise.all([runs('unit') ? unitTests() : undefined, runs('e2e') ? browserTests() : undefined])
}

async function unitTests(): Promise<void> {
  const file = join(resultsFolder, 'unit.json')
  const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const code = await run('vitest', process.execPath, [vitest, 'run', ...reporters, ...args], say)
  results.push(unitResults(await readResults(file), code))
}

async function browserTests(): Promise<void> {
  const file = join(resultsFolder, 'browser.json')
  const playwright = join(projectRoot, 'node_modules', '@playwright', 'test', 'cli.js')
  const code = await run('playwright', process.execPath, [playwright, 'test', ...args], say)
  results.push(browserResults(await readResults(file), code))
}

/** Runs a tool in the environment of a fresh shell: variables for `npm start` must not change what is tested. */
async function run(
  name: string,
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { CI, HOME, TERM, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, E2E_RESTLESS, E2E_SLOW } = process.env
  const kept = Object.entries({ CI, HOME, TERM, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, E2E_RESTLESS, E2E_SLOW })
  const child = await startChild({
    name,
    command,
    args,
    cwd: projectRoot,
    env: {
      ...childEnvironment(process.env),
      ...npmConfiguration(process.env),
      NODE_ENV: 'test',
      ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
      ...Object.fromEntries(kept.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
      ...environment,
    },
    stopTimeoutMs: 90_000,
    orphanSignal: 'SIGTERM',
    onLine,
  })
  children.add(child)
  const { code } = await child.exited
  children.delete(child)
  return code ?? 1
}

async function readResults(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => null)
  return text === null ? null : JSON.parse(text)
}

function failure(...failures: string[]): Results {
  return { passed: 0, skipped: 0, failures }
}

function sum(count: (results: Results) => number): number {
  return results.reduce((total, one) => total + count(one), 0)
}
