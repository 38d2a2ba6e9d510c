import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { missingPackages } from './system-packages.ts'

/** The file by which Debian's maintainer scripts ask whether they may start a service (invoke-rc.d(8)). */
const policyFile = '/usr/sbin/policy-rc.d'
const policyMark = 'Written by Bitewing while it installs packages; safe to delete.'

/**
 * Installs what is missing of the system's packages, without starting their services: Orthanc's would take the
 * very ports that ours needs.
 *
 * @throws naming the one command that would install it, when this process may not
 */
export async function ensureSystemPackages(
  packages: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  const missing = missingPackages(packages)
  if (missing.length === 0) return

  const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Error(`This system has no apt-get. Install by its own means: ${missing.join(', ')}`)
  }
  const elevation = await wayToRoot()
  if (elevation === null) {
    throw new Error(
      `Some system packages are missing. This command installs them:\n\n  sudo sh -c '${command}'\n`,
    )
  }

  say(`Installing system packages: ${missing.join(', ')} (once; a minute or so)`)
  const asRoot = (args: readonly string[]) => run([...elevation, ...args])
  await withoutServices(elevation, async () => {
    await asRoot(['apt-get', 'update', '-qq']).catch((error: unknown) => {
      say(error instanceof Error ? error.message : 'apt-get update failed') // one bad mirror need not matter
    })
    const quietly = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0', '-qq']
    await asRoot([
      ...['env', 'DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_MODE=a'],
      ...['apt-get', ...quietly, 'install', '-y', '--no-install-recommends', ...missing],
    ])
  })
  if (missing.includes('orthanc') && existsSync('/usr/bin/systemctl')) {
    // Installed for us, it would start at the next boot and hold our ports.
    await asRoot(['systemctl', 'disable', 'orthanc']).catch(() => undefined)
  }

  const still = missingPackages(packages)
  if (still.length > 0) throw new Error(`Still missing after apt-get: ${still.join(', ')}. Try: ${command}`)
}

/** What goes before a command to run it as root: nothing, sudo where it asks for no password, or null. */
async function wayToRoot(): Promise<string[] | null> {
  if (process.getuid?.() === 0) return []
  return run(['sudo', '-n', 'true']).then(
    () => ['sudo', '-n'],
    () => null,
  )
}

/** Forbids services to start meanwhile, where the machine has no policy of its own. */
async function withoutServices(elevation: readonly string[], install: () => Promise<void>): Promise<void> {
  const found = await readFile(policyFile, 'utf8').catch(() => null)
  if (found !== null && !found.includes(policyMark)) return install()

  const policy = `#!/bin/sh\n# ${policyMark}\nexit 101\n`
  const remove = () => run([...elevation, 'rm', '-f', policyFile])
  // A stop request ends this process only after the block below: it is waited for, and apt-get should not be cut.
  try {
    if (elevation.length === 0) {
      await writeFile(policyFile, policy)
      await chmod(policyFile, 0o755)
    } else {
      await run([
        ...elevation,
        'sh',
        '-c',
        `printf '%s' "$1" > ${policyFile} && chmod 755 ${policyFile}`,
        'sh',
        policy,
      ])
    }
    await install()
  } finally {
    if (elevation.length === 0) await rm(policyFile, { force: true })
    else await remove()
  }
}

/** Runs a command; its words are told only when it fails. A session of its own keeps a Ctrl-C from it. */
async function run([command = '', ...args]: readonly string[]): Promise<void> {
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code === 0) return
  const lines = Buffer.concat(output).toString().trim().split('\n').slice(-15)
  throw new Error(`${[command, ...args].join(' ')} failed:\n${lines.join('\n')}`)
}
