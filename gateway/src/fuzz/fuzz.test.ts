import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { startTestGateway } from '../testing/start-test-gateway.ts'
import { gatewayTargets } from './gateway-target.ts'
import { keptFolder, keptName } from './kept.ts'
import { parserTargets } from './parser-targets.ts'

const gateway = await startTestGateway()
afterAll(() => gateway.stop())
const token = await (await gateway.practice('fuzz')).token(['read', 'write'])
const targets = [...parserTargets, ...(await gatewayTargets(gateway, token))]

/** Few and always the same; `npm run fuzz` goes on with others. */
const runs: Record<string, number> = { 'made up data sets': 100, requests: 400, uploads: 25 }

describe('what strangers send is read or refused', () => {
  test.each(targets.map((target) => [target.name, target] as const))('%s', async (name, target) => {
    await fc.assert(
      fc.asyncProperty(target.input, (input) => target.run(input)),
      { seed: 20261121, numRuns: runs[name] ?? 500 },
    )
  })
})

describe('what once was not, and the tricks that are known', () => {
  const kept = readdirSync(keptFolder).filter((name) => name.endsWith('.jsonl'))
  test('belongs to a target that there is', () => {
    expect(targets.map(({ name }) => keptName(name))).toEqual(expect.arrayContaining(kept))
  })
  test.each(kept)('%s', async (file) => {
    const target = targets.find(({ name }) => keptName(name) === file)
    for (const line of readFileSync(new URL(file, keptFolder), 'utf8').trim().split('\n'))
      await target?.run(JSON.parse(line))
  })
})
