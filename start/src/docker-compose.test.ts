import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { projectRoot } from './project-root.ts'

const Service = z.object({
  image: z.string(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  command: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  user: z.string().optional(),
  ports: z.array(z.string()).default([]),
})
const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
})

const text = readFileSync(join(projectRoot, 'docker-compose.yml'), 'utf8')
const compose = Compose.parse(parse(text, { merge: true }))
const services = Object.entries(compose.services)

test('the compose file keeps the compose specification', () => {
  // the linter checks the file against the specification's schema before its own rules; only the schema counts here
  const run = spawnSync(
    process.execPath,
    [join(projectRoot, 'node_modules/dclint/bin/dclint.cjs'), '--formatter', 'json', 'docker-compose.yml'],
    { cwd: projectRoot, encoding: 'utf8' },
  )
  const findings = z
    .array(z.object({ messages: z.array(z.object({ rule: z.string(), message: z.string() })) }))
    .parse(JSON.parse(run.stdout))
  const broken = findings.flatMap(({ messages }) =>
    messages.filter(({ rule }) => rule.startsWith('invalid-')),
  )
  expect(broken).toEqual([])
})

test('every image is pinned, and every secret is asked for instead of having a default', () => {
  for (const [, { image }] of services) expect(image).toMatch(/:.*\d+\.\d+/)
  const secretNames = [...text.matchAll(/\$\{(\w*(?:PASSWORD|SECRET|KEY)\w*)(:[-?])?/g)]
  expect(secretNames.length).toBeGreaterThan(8)
  for (const [, name, operator] of secretNames) expect([name, operator]).toEqual([name, ':?'])
})

test('every variable of the compose file is explained in env.example, and the other way round', () => {
  const example = readFileSync(join(projectRoot, 'deploy/env.example'), 'utf8')
  const used = new Set([...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name))
  const explained = new Set([...example.matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name))
  used.delete('BITEWING_VERSION')
  expect([...used].sort()).toEqual([...explained].sort())
})

test('every path, volume, network and secret that is named exists', () => {
  for (const [, service] of services) {
    for (const volume of service.volumes) {
      const [source = ''] = volume.split(':')
      if (source.startsWith('./')) expect(existsSync(join(projectRoot, source)), source).toBe(true)
      else expect(Object.keys(compose.volumes)).toContain(source)
    }
    for (const network of service.networks) expect(Object.keys(compose.networks)).toContain(network)
    for (const secret of service.secrets) expect(Object.keys(compose.secrets)).toContain(secret)
    const [program, script = ''] = service.command
    if (program === 'node' && script.endsWith('.ts'))
      expect(existsSync(join(projectRoot, script)), script).toBe(true)
  }
})

test('the apps are given only variables that they read', async () => {
  const readers: Record<string, string> = {
    gateway: 'gateway/src/environment.ts',
    worker: 'gateway/src/environment.ts',
    bucket: 'gateway/src/environment.ts',
    web: 'web/src/lib/server/environment.ts',
    migrate: 'db/src/migrate-main.ts',
  }
  const ofAdapter = ['HOST', 'PORT', 'TRUSTED_PROXY']
  for (const [name, path] of Object.entries(readers)) {
    const source = readFileSync(join(projectRoot, path), 'utf8')
    for (const variable of Object.keys(compose.services[name]?.environment ?? {})) {
      if (name === 'web' && ofAdapter.includes(variable)) continue
      expect(source, `${name} is given ${variable}`).toContain(variable)
    }
  }
})

test('the image runs the Node that development and tests run', () => {
  const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8')
  const { devDependencies } = z
    .object({ devDependencies: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')))
  const used = [...dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)].map(([, version]) => version)
  expect(used.length).toBeGreaterThan(0)
  for (const version of used) expect(version).toBe(devDependencies.node)
})

test('whoever shares a volume runs as one user, who is given it first', () => {
  const sharing = services.filter(([, { volumes }]) => volumes.some((volume) => volume.startsWith('spool:')))
  expect(sharing.map(([name]) => name)).toEqual(['orthanc', 'volumes', 'worker'])
  const given = compose.services['volumes']?.command ?? []
  expect(compose.services['orthanc']?.user).toBe('1000:1000')
  expect(given).toContain('1000:1000') // user node of the image, whom the worker runs as
  for (const volume of compose.services['volumes']?.volumes ?? [])
    expect(given).toContain(volume.split(':')[1])
})

test('only the proxy and the DICOM port can be reached from outside', () => {
  const open = services.filter(([, { ports }]) => ports.length > 0).map(([name]) => name)
  expect(open).toEqual(['orthanc', 'proxy'])
  expect(compose.services['orthanc']?.ports).toEqual(['${DICOM_BIND:-127.0.0.1}:${DICOM_PORT:-4242}:4242'])
})

test('every variable that Orthanc is configured with is set for it', () => {
  const configuration = readFileSync(join(projectRoot, 'orthanc/orthanc.json'), 'utf8')
  const needed = [...configuration.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name)
  const given = Object.keys(compose.services['orthanc']?.environment ?? {})
  for (const name of needed) expect(given).toContain(name)
})
