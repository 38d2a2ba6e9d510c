/**
 * A child process that does what the frame's bytes tell it to; for tests of the pool and of what contains its children.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { SentJob } from '../process/job.ts'
import { encodeMessage, messageReader } from '../process/message.ts'

const socket = new Socket({ fd: 3, readable: true, writable: true })
const held: Buffer[] = []

function reply(text: string): void {
  const result = {
    bytes: Buffer.from(text),
    photometricInterpretation: 'MONOCHROME2',
    planarConfiguration: 0,
  }
  for (const part of encodeMessage({ result })) socket.write(part)
}

function obey(command: string): void {
  switch (command) {
    case 'hang':
      for (;;);
    case 'crash':
      return process.abort()
    case 'leave':
      return process.exit(0)
    case 'lie':
      for (const part of encodeMessage({ result: { bytes: 'not bytes' } })) socket.write(part)
      return
    case 'babble':
      socket.write(Buffer.alloc(1024, 0xff))
      return
    case 'fill memory':
      for (;;) held.push(Buffer.alloc(16 * 1024 * 1024, 1))
    case 'work for half a second':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
      return reply(command)
    case 'pid':
      return reply(String(process.pid))
    case 'look around':
      return reply(JSON.stringify({ environment: process.env, allowed: attempts() }))
    default:
      return reply(command)
  }
}

/** Names of what should have been refused and was not. */
function attempts(): string[] {
  const forbidden = {
    'read a file': () => readFileSync('/etc/hostname'),
    'write a file': () => writeFileSync('/tmp/written-by-a-pixel-process', ''),
    'write beside its code': () => writeFileSync(new URL('written', import.meta.url), ''),
    'start a process': () => spawnSync('/bin/true').pid,
    'start a thread': () => new Worker('', { eval: true }),
  }
  return Object.entries(forbidden).flatMap(([name, attempt]) => {
    try {
      attempt()
      return [name]
    } catch {
      return []
    }
  })
}

const read = messageReader(Number.MAX_SAFE_INTEGER, (message) => {
  const { frame } = message as SentJob // from the pool, as in child.ts
  if ('lent' in frame) {
    for (const part of encodeMessage({ unread: true })) socket.write(part)
    return
  }
  obey(Buffer.from(frame.bytes).toString())
})
socket.on('data', (chunk: Buffer) => read.push(chunk))
socket.on('close', () => process.exit(0))
