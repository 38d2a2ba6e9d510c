// The first step of every npm script, run by whatever Node the machine has (20 or newer), before any package is
// there: plain JavaScript, Node's own modules only. It installs the npm packages when they are missing or old,
// among them the Node that everything else runs on, and hands over to start/src/COMMAND.ts.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const binaries = join(root, 'node_modules', '.bin')
const node = join(binaries, 'node')
const commands = ['start', 'test', 'bench', 'cli', 'fuzz', 'screenshots']

const [command, ...args] = process.argv.slice(2)
if (!commands.includes(command)) fail(`Usage: node start/bootstrap.mjs ${commands.join('|')} [ARGUMENT…]`, 2)

const major = Number(process.versions.node.split('.')[0])
if (major < 20) fail(`Bitewing needs Node 20 or newer to start with; this is ${process.version}.`)

if (!installed()) install()
handOver()

/**
 * Whether node_modules holds what package-lock.json asks for. npm notes what it installed in its own hidden lock
 * file, at the very end, so a broken-off installation shows as well.
 */
function installed() {
  if (!existsSync(node)) return false
  const wanted = packagesOf(join(root, 'package-lock.json'))
  const held = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  if (wanted === null || held === null) return false
  for (const [path, { version, link, optional, peer }] of Object.entries(wanted)) {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) continue // our own workspaces
    if (held[path] === undefined && (optional || peer)) continue // for another system
    if (held[path]?.version !== version || Boolean(held[path]?.link) !== Boolean(link)) return false
  }
  return true
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages ?? null
  } catch {
    return null
  }
}

/**
 * Progress goes to standard error: standard output belongs to the command.
 *
 * Not `npm ci`: that refuses the whole installation where a registry lacks the binaries of a platform that is not
 * ours. This installs the same versions by the same lock file, checks the same digests, and leaves both files alone.
 */
function install() {
  const npm = spawnSync('npm', ['--version'], { encoding: 'utf8' })
  if (npm.status !== 0) fail('npm is needed and was not found on the PATH.')

  process.stderr.write('Installing npm packages (some minutes, when they are missing or have changed)\n')
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts=false', '--include=dev']
  const result = spawnSync('npm', ['install', ...options, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (result.signal) process.kill(process.pid, result.signal)
  if (result.status !== 0) fail('npm install failed; see above.')
  if (!existsSync(node)) fail('npm did not install the package "node" (are install scripts switched off?).')
}

/** Runs the command on the project's own Node, passing on signals and its exit code. */
function handOver() {
  const environment = {
    ...process.env,
    PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: join(root, '.cache', 'node'), // the next command begins sooner
  }
  const source = (name) => join(root, 'start', 'src', `${name}.ts`)
  const quickly = ['--import', pathToFileURL(source('quick-imports')).href]
  const child = spawn(node, [...quickly, source(command), ...args], {
    stdio: 'inherit',
    env: environment,
  })
  child.once('error', (error) => fail(`${node} cannot be run: ${error.message}`))

  const pass = (signal) => child.kill(signal)
  // A Ctrl-C in the terminal reaches the child as well, which takes the second one for the same.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass)
  // npm cannot pass on a kill -9; between it and us stands a shell, which would never notice.
  const parents = () => [process.ppid, process.env.npm_lifecycle_event ? parentOf(process.ppid) : 0].join()
  const before = parents()
  setInterval(() => parents() !== before && pass('SIGTERM'), 1000).unref()

  child.once('exit', (code, signal) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeListener(name, pass)
    if (signal) process.kill(process.pid, signal)
    else process.exit(code ?? 1)
  })
}

/** proc(5): the name in brackets may hold anything, so the fields are counted after its last bracket. */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}

function fail(message, code = 1) {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}
