/**
 * The contained process: reads jobs from file descriptor 3, answers there, knows nothing else.
 *
 * It runs without the parent's environment, without rights to files, processes and threads beyond its own code and
 * the sealed files of the object store, and ends when the parent's end of the socket closes.
 */
import { Socket } from 'node:net'
import sharp from 'sharp'
import { releaseCodecMemory } from '../decode/wasm-codec.ts'
import { PixelError } from '../pixel-error.ts'
import type { Answer, ChildLimits, Job, SentJob } from './job.ts'
import { lentFrames, Unread } from './lent-frames.ts'
import { encodeMessage, messageReader } from './message.ts'
import { runJob } from './run-job.ts'

sharp.cache(false)
sharp.concurrency(1)

// The parent is the only one who can start this file with a socket on 3; its messages are the pool's own types.
const limits = JSON.parse(process.argv[2] ?? '{}') as ChildLimits
const reader = messageReader(Number.MAX_SAFE_INTEGER, (message) => {
  void answer(message as SentJob).then((reply) => {
    const parts = encodeMessage(reply)
    socket.cork()
    // an answer may be a part of what was asked: a native frame is sent back as it came
    parts.forEach((part, index) => socket.write(part, index === parts.length - 1 ? giveBack : undefined))
    socket.uncork()
    setImmediate(releaseCodecMemory) // after the answer is on its way
  })
})

const lent = lentFrames()
function giveBack(): void {
  reader.giveBack()
  lent.giveBack()
}

// Read where it belongs: a frame of 8 MB in pieces of 64 KB, each a new one, costs four times the processor time.
const socket = new Socket({
  fd: 3,
  readable: true,
  writable: true,
  onread: {
    buffer: () => reader.room(),
    callback(bytes) {
      reader.taken(bytes)
      return true
    },
  },
})

/** Before each job, since the last one may have looked at WebP of its own making. */
function blockOtherFormats(): void {
  sharp.block({ operation: ['VipsForeignLoad'] })
  // frames; colour with an ICC profile; our own drawing of a presentation state's annotations
  sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadTiff', 'VipsForeignLoadSvg'] })
}

async function answer(job: SentJob): Promise<Answer> {
  blockOtherFormats()
  try {
    return { result: await runJob(withBytes(job), limits) }
  } catch (error) {
    if (error instanceof Unread) return { unread: true }
    if (error instanceof PixelError) return { error: { code: error.code, message: error.message } }
    if (error instanceof RangeError)
      return { error: { code: 'too-large', message: 'the frame does not fit into memory' } }
    // Anything else is a fault of ours or a codec's; its message could quote bytes of the file.
    return { error: { code: 'damaged', message: 'the frame cannot be shown' } }
  }
}

/** @throws {Unread} */
function withBytes(job: SentJob): Job {
  const { frame } = job
  if (!('lent' in frame)) return { ...job, frame }
  return {
    ...job,
    frame: { bytes: lent.read(frame.lent), transferSyntaxUid: frame.transferSyntaxUid },
  }
}

socket.resume()
socket.on('close', () => process.exit(0))
socket.on('error', () => process.exit(0))
