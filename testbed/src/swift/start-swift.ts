import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { temporaryFolder } from '../temporary-folder.ts'
import { swiftPackages } from './packages.ts'

/** A running Swift, reached by the S3 protocol. It checks Signature Version 4 of every request. */
export type Swift = {
  endpoint: string // http://127.0.0.1:port
  accessKey: string
  secretKey: string
  region: string // what GetBucketLocation answers and signatures must name
  stop: () => Promise<void> // ends the four servers and removes their files
}

const accessKey = 'test:tester'
const secretKey = 'loopback-only-secret'
const startMsMax = 100_000

// Debian's own interpreter: its packages are invisible to another Python that stands first on PATH.
const python = '/usr/bin/python3'

/**
 * Starts OpenStack Swift (proxy with s3api and tempauth, account, container and object server) on free loopback
 * ports, with all state in a new temporary directory.
 *
 * @param options.region region the server claims to be in; default `ca-central-1`
 * @throws Error naming the packages to install when Swift is absent, or with the servers' output when one ends
 */
export async function startSwift({ region = 'ca-central-1' }: { region?: string } = {}): Promise<Swift> {
  const folder = await temporaryFolder('swift')
  const directory = folder.path
  let server: ChildProcess | undefined
  const output: string[] = []

  const stop = async () => {
    if (server !== undefined) await end(server)
    await folder.remove() // tries again: the servers end a moment after their parent
  }

  try {
    await promisify(execFile)(python, ['-c', probe, directory]).catch((error: unknown) => {
      throw new Error(`Swift cannot run here. It needs: ${swiftPackages.join(' ')}`, { cause: error })
    })
    await mkdir(join(directory, 'devices', 'd1'), { recursive: true })
    const [proxyPort, accountPort, containerPort, objectPort] = await freePorts()
    await promisify(execFile)(python, [
      join(import.meta.dirname, 'rings.py'),
      directory,
      ...[accountPort, containerPort, objectPort].map(String),
    ])
    await writeFile(join(directory, 'swift.conf'), swiftConf)
    await writeFile(join(directory, 'proxy-server.conf'), proxyConf(directory, proxyPort, region))
    await writeFile(join(directory, 'account-server.conf'), storageConf(directory, accountPort, 'account'))
    await writeFile(
      join(directory, 'container-server.conf'),
      storageConf(directory, containerPort, 'container'),
    )
    await writeFile(join(directory, 'object-server.conf'), storageConf(directory, objectPort, 'object'))

    server = spawn(python, [join(import.meta.dirname, 'serve.py'), directory], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    const keep = (text: Buffer) => output.push(text.toString()) > 200 && output.shift()
    server.stdout?.on('data', keep)
    server.stderr?.on('data', keep)

    const endpoint = `http://127.0.0.1:${proxyPort}`
    await Promise.all(
      [proxyPort, accountPort, containerPort, objectPort].map((port) =>
        answers(`http://127.0.0.1:${port}/healthcheck`, server),
      ),
    )
    return { endpoint, accessKey, secretKey, region, stop }
  } catch (error) {
    await stop()
    throw output.length > 0 ? new Error(`Swift did not start:\n${output.join('')}`, { cause: error }) : error
  }
}

// Swift keeps an object's metadata in extended attributes (`user.*`); a tmpfs of older kernels has none.
const probe = `
import os, sys, importlib.util
assert importlib.util.find_spec('swift') and importlib.util.find_spec('pkg_resources'), 'not installed'
path = os.path.join(sys.argv[1], 'probe')
open(path, 'w').close()
os.setxattr(path, 'user.swift.metadata', b'x' * 1024)
`

const swiftConf = `[swift-hash]
swift_hash_path_suffix = testbed
swift_hash_path_prefix = testbed

[storage-policy:0]
name = Policy-0
default = yes
`

function serverConf(directory: string, port: number): string {
  // log_address: no syslog daemon is asked for; without a socket Swift falls back to UDP on loopback, unheard.
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${directory}
log_address = ${join(directory, 'no-syslog')}
log_level = ERROR
fallocate_reserve = 0
`
}

function proxyConf(directory: string, port: number, region: string): string {
  return `${serverConf(directory, port)}
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck memory_cache listing_formats s3api tempauth bulk slo dlo proxy-server

[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true

[filter:s3api]
use = egg:swift#s3api
location = ${region}

[filter:memory_cache]
paste.filter_factory = memory_cache:filter_factory

[filter:tempauth]
use = egg:swift#tempauth
user_${accessKey.replace(':', '_')} = ${secretKey} .admin

${['catch_errors', 'gatekeeper', 'healthcheck', 'listing_formats', 'bulk', 'slo', 'dlo']
  .map((filter) => `[filter:${filter}]\nuse = egg:swift#${filter}\n`)
  .join('\n')}`
}

function storageConf(directory: string, port: number, kind: 'account' | 'container' | 'object'): string {
  return `${serverConf(directory, port)}devices = ${join(directory, 'devices')}
mount_check = false
disable_fallocate = true

[pipeline:main]
pipeline = healthcheck ${kind}-server

[app:${kind}-server]
use = egg:swift#${kind}

[filter:healthcheck]
use = egg:swift#healthcheck
`
}

/** Four different free loopback ports: all are held open until the last is known. */
async function freePorts(): Promise<[number, number, number, number]> {
  const one = async (): Promise<[number, () => void]> => {
    const server = createServer()
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no TCP port')
    return [address.port, () => server.close()]
  }
  const held = [await one(), await one(), await one(), await one()] as const
  for (const [, release] of held) release()
  return [held[0][0], held[1][0], held[2][0], held[3][0]]
}

async function answers(url: string, server: ChildProcess | undefined): Promise<void> {
  const deadline = Date.now() + startMsMax
  for (;;) {
    if (server?.exitCode !== null || server.signalCode !== null) {
      throw new Error('a Swift server ended while starting')
    }
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    if (Date.now() > deadline) throw new Error(`no answer from ${url}`)
    await delay(100)
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGKILL') // the state is thrown away: nothing needs an orderly end
  await ended
}
