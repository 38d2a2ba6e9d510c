import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { freePort } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

let first: ChildProcess
let port: number
let listening = 0

beforeAll(async () => {
  port = await freePort()
  first = spawn(process.execPath, [join(import.meta.dirname, 'testing', 'kept-gateways-main.ts')], {
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!first.stdout) throw new Error('its output is a pipe')
  createInterface({ input: first.stdout }).on('line', () => listening++)
  await vi.waitFor(() => expect(listening).toBe(2), { timeout: 60_000 })
}, 60_000)
afterAll(async () => {
  const exited = once(first, 'exit')
  first.kill('SIGTERM')
  await exited
})

/** Asks on a connection of its own. @returns the process that answered, or 0 where the connection was closed. */
function ask(): Promise<number> {
  return new Promise((resolve) => {
    get(
      { port, host: '127.0.0.1', agent: false },
      (answer) =>
        void text(answer)
          .then(Number)
          .then(resolve, () => resolve(0)),
    ).on('error', () => resolve(0))
  })
}

test('connections are dealt out in turn', async () => {
  const answered: number[] = []
  for (let count = 0; count < 8; count++) answered.push(await ask())
  const [one, other] = answered
  expect(other).not.toBe(one)
  expect(answered).toEqual(answered.map((_, index) => (index % 2 === 0 ? one : other)))
})

test('a connection that was on its way to a process that dies is closed, and those behind it are served', async () => {
  const [victim, other] = [await ask(), await ask()]
  process.kill(victim, 'SIGSTOP') // it takes nothing any more, as a process does that is about to die
  const asked = Array.from({ length: 6 }, ask)
  await vi.waitFor(async () => expect(await Promise.race([...asked, Promise.resolve(0)])).toBe(other))
  process.kill(victim, 'SIGKILL')

  const answers = await Promise.all(asked)
  expect(answers.filter((by) => by === 0)).toHaveLength(1)
  expect(answers.filter((by) => by === other)).toHaveLength(5)
  await vi.waitFor(() => expect(listening).toBe(3), { timeout: 60_000 })
}, 90_000)
