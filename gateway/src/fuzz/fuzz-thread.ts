import { parentPort, workerData } from 'node:worker_threads'
import fc from 'fast-check'
import { z } from 'zod'
import { startTestGateway } from '../testing/start-test-gateway.ts'
import { gatewayTargets } from './gateway-target.ts'
import { parserTargets } from './parser-targets.ts'

export type FuzzMessage =
  | { kind: 'run'; target: string; input: string }
  | { kind: 'failed'; target: string; input: string; error: string }
  | { kind: 'done' }

const { seed, ms, target } = z
  .object({ seed: z.number(), ms: z.number(), target: z.string().nullable() })
  .parse(workerData)
const say = (message: FuzzMessage) => parentPort?.postMessage(message)

const gateway = await startTestGateway()
try {
  const token = await (await gateway.practice('fuzz')).token(['read', 'write'])
  const targets = [...parserTargets, ...(await gatewayTargets(gateway, token))].filter(
    ({ name }) => target === null || name === target,
  )
  if (targets.length === 0) throw new Error(`There is no target ${target ?? ''}`)
  for (const { name, input, run } of targets) {
    const result = await fc.check(
      fc.asyncProperty(input, async (given) => {
        say({ kind: 'run', target: name, input: JSON.stringify(given) })
        await run(given)
      }),
      { seed, numRuns: Infinity, interruptAfterTimeLimit: ms / targets.length },
    )
    if (!result.failed || result.counterexample === null) continue
    const error = result.errorInstance instanceof Error ? (result.errorInstance.stack ?? '') : 'it failed'
    say({ kind: 'failed', target: name, input: JSON.stringify(result.counterexample[0]), error })
  }
  say({ kind: 'done' })
} finally {
  await gateway.stop()
}
