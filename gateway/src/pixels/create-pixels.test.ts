import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import type { PixelIncident, PixelsOptions } from './pixels.ts'
import { plainImage } from './testing/plain-image.ts'
import { misbehavingPixels } from './testing/tell-misbehaving-child.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((pixels) => pixels.close()))
})

function start(options: Partial<PixelsOptions> = {}) {
  const incidents: PixelIncident[] = []
  const started = misbehavingPixels({ ...options, onIncident: (incident) => incidents.push(incident) })
  open.push(started.pixels)
  return { ...started, incidents }
}

describe('one bad frame costs one answer', () => {
  test.each(['crash', 'leave', 'lie', 'babble'])(
    'a process that does "%s" fails its own job alone',
    async (command) => {
      const { tell, incidents } = start()
      const [bad, good] = await Promise.allSettled([tell(command), tell('next')])

      expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'crashed' } })
      expect(good).toEqual({ status: 'fulfilled', value: 'next' })
      expect(incidents).toMatchObject([{ kind: 'crashed', transferSyntaxUid: '1.2.840.10008.1.2.1' }])
    },
  )

  test('a frame that never ends is killed, and the next one gets a new process', async () => {
    const { tell, incidents } = start({ timeoutMs: 60_000 })
    const before = await tell('pid')
    // its own limit counts, where it brings one
    const [bad, after] = await Promise.allSettled([tell('hang', { timeoutMs: 1000 }), tell('pid')])

    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'timed-out' } })
    expect(after.status).toBe('fulfilled')
    expect(incidents).toMatchObject([{ kind: 'timed-out', signal: 'SIGKILL' }])
    expect(existsSync(`/proc/${before}`)).toBe(false)
  })

  test('a frame that wants all memory loses its process, not the machine', async () => {
    const { tell } = start({ memoryMaxMb: 512 })
    await expect(tell('fill memory')).rejects.toMatchObject({ code: 'crashed' })
    expect(await tell('next')).toBe('next')
  })

  test('the time in the queue does not count', async () => {
    const { tell } = start({ timeoutMs: 4000 })
    await tell('started')
    const answers = await Promise.all(Array.from({ length: 10 }, () => tell('work for half a second')))
    expect(answers).toHaveLength(10)
  })
})

describe('a frame that its process reads for itself', () => {
  const lent = {
    tenantId: 'one',
    name: 'originals/one',
    file: '/nowhere',
    storedBytes: 100,
    header: Buffer.alloc(40),
    key: Buffer.alloc(32),
    start: 0,
    end: 9,
  }
  const transferSyntaxUid = '1.2.840.10008.1.2.1'
  const decode = (
    { pixels }: ReturnType<typeof start>,
    otherwise: () => Promise<{ bytes: Buffer; transferSyntaxUid: string }>,
  ) => pixels.decode({ frame: { name: 'one', lent, transferSyntaxUid, otherwise }, image: plainImage(1, 1) })

  test('comes otherwise where it cannot, to the same process', async () => {
    const started = start()
    const pid = await started.tell('pid')
    const { bytes } = await decode(started, async () => ({ bytes: Buffer.from('pid'), transferSyntaxUid }))
    expect(bytes.toString()).toBe(pid)
  })

  test('fails with what the other way throws, and costs no process', async () => {
    const started = start()
    const pid = await started.tell('pid')
    const away = new Error('the disk is away')
    await expect(decode(started, () => Promise.reject(away))).rejects.toBe(away)
    expect(await started.tell('pid')).toBe(pid)
    expect(started.incidents).toEqual([])
  })

  test('leaves its process to others while it comes another way', async () => {
    const started = start()
    const slow = Promise.withResolvers<{ bytes: Buffer; transferSyntaxUid: string }>()
    const waiting = decode(started, () => slow.promise)
    expect(await started.tell('next')).toBe('next')
    slow.resolve({ bytes: Buffer.from('there'), transferSyntaxUid })
    expect((await waiting).bytes.toString()).toBe('there')
  })

  test('whose other way takes until the pool is closed says so', async () => {
    const started = start()
    const slow = Promise.withResolvers<{ bytes: Buffer; transferSyntaxUid: string }>()
    const waiting = decode(started, () => slow.promise)
    expect(await started.tell('next')).toBe('next')
    await started.pixels.close()
    slow.resolve({ bytes: Buffer.from('there'), transferSyntaxUid })
    await expect(waiting).rejects.toMatchObject({ code: 'closed' })
  })
})

test('what was asked to be warm is there before the first job, which goes to it, and so is what replaces it', async () => {
  const { tell } = start({ warmUpAfterMs: 0, jobsPerProcessMax: 2 })
  const children = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')
  const isPixelProcess = (pid: string) =>
    existsSync(`/proc/${pid}/cmdline`) &&
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('misbehaving-child')
  const there = () => children().filter(isPixelProcess)
  await expect.poll(there).toHaveLength(1)
  const [first] = there()
  expect([await tell('pid'), await tell('pid')]).toEqual([first, first])

  await expect.poll(() => there().filter((pid) => pid !== first)).toHaveLength(1)
  const [second] = there().filter((pid) => pid !== first)
  expect(await tell('pid')).toBe(second)
})

describe('the queue', () => {
  test('people overtake ingest', async () => {
    const { tell } = start()
    const order: string[] = []
    const note = (name: string) => () => order.push(name)
    await Promise.all([
      tell('running').then(note('running')),
      tell('ingest 1', { priority: 'background' }).then(note('ingest 1')),
      tell('ingest 2', { priority: 'background' }).then(note('ingest 2')),
      tell('person').then(note('person')),
    ])
    expect(order).toEqual(['running', 'person', 'ingest 1', 'ingest 2'])
  })

  test('a full queue says busy at once, and is a queue for each priority', async () => {
    const { tell } = start({ queueMax: 1 })
    const running = tell('running')
    const waiting = tell('waiting', { priority: 'background' })
    await expect(tell('too many', { priority: 'background' })).rejects.toMatchObject({ code: 'busy' })
    expect(await tell('person')).toBe('person')
    expect(await Promise.all([running, waiting])).toEqual(['running', 'waiting'])
  })

  test('who no longer waits gets no process time', async () => {
    const { tell } = start()
    const running = tell('running')
    const abort = new AbortController()
    const waiting = tell('crash', { signal: abort.signal })
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    expect(await running).toBe('running')
    expect(await tell('next')).toBe('next')
  })

  test('a process is replaced after its share of jobs', async () => {
    const { tell, incidents } = start({ jobsPerProcessMax: 2 })
    const pids = [await tell('pid'), await tell('pid'), await tell('pid')]
    expect(pids[1]).toBe(pids[0])
    expect(pids[2]).not.toBe(pids[0])
    expect(incidents).toEqual([])
  })

  test('closing answers everybody and leaves no process', async () => {
    const { pixels, tell } = start()
    const pid = await tell('pid')
    const jobs = Promise.allSettled([tell('hang'), tell('waiting')])
    await pixels.close()
    for (const job of await jobs)
      expect(job).toMatchObject({ status: 'rejected', reason: { code: 'closed' } })
    await expect(tell('late')).rejects.toMatchObject({ code: 'closed' })
    expect(existsSync(`/proc/${pid}`)).toBe(false)
  })
})

describe('a process that is taken over', () => {
  test('finds no secret, no file, no other process', async () => {
    process.env.PIXELS_TEST_SECRET = 'a secret of the gateway'
    const { tell } = start()
    const found = JSON.parse(await tell('look around')) as { environment: object; allowed: string[] } // of our own child
    delete process.env.PIXELS_TEST_SECRET

    expect(Object.keys(found.environment).sort()).toEqual(['MALLOC_ARENA_MAX', 'PWD', 'UV_THREADPOOL_SIZE'])
    expect(found.allowed).toEqual([])
  })

  test('leaves no memory image behind and gains no rights', async () => {
    const { tell } = start()
    const pid = await tell('pid')
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
    expect(limits).toMatch(/Max core file size +0 +0/)
    expect(limits).toMatch(/Max file size +0 +0/)
    expect(limits).toMatch(/Max data size +1744830464 +1744830464/)
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/NoNewPrivs:\t1/)
  })

  test('dies with its parent, even while it is stuck', async () => {
    const script = fileURLToPath(new URL('testing/hanging-parent.ts', import.meta.url))
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer] // the only thing it prints
    const pid = Number(line.toString())
    expect(existsSync(`/proc/${pid}`)).toBe(true)

    parent.kill('SIGKILL')
    await once(parent, 'exit')
    while (isRunning(pid)) await wait(20) // the test's own time limit ends this
  })
})

/** Neither gone nor a zombie that waits for init. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
