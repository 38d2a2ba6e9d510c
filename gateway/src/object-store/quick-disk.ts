import { statfs } from 'node:fs/promises'
import { resourceUsage } from 'node:process'
import { perTurn, type NextTurn } from '../per-turn.ts'

/**
 * Whether files are read here and now, without the thread pool: for what the system holds in memory the pool's two
 * wakings of a thread take longer than to read half a megabyte. Where a disk, or a network, has to be waited for, the
 * pool waits for it, since here everybody would.
 */
export type QuickDisk = {
  isQuick(): boolean
  /** Runs one call of the system that reads, and sees whether it had to wait. What it throws passes. */
  call<T>(work: () => T): T
}

/**
 * File systems on disks of this machine whose reads the system counts for who makes them, by `f_type` of statfs(2),
 * Linux's `magic.h`. Of the others one over a network may not answer for minutes, and hold up whoever only opens a file.
 */
const local: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
])

/** A call that takes no longer has not waited for a disk, in ms. */
const atOnceMs = 0.3
/** One that takes longer than this counts as slow, even where no read of the disk was counted. */
const slowMs = 25
/** So long one turn of the event loop may wait for files. */
const turnMsMax = 1
const pauseMsMin = 250
const pauseMsMax = 10_000
/** So many in a row that did not wait make the next pause shorter again. */
const quickMin = 64

type Clock = {
  /** ms */
  now(): number
  /** what this process has read from disks so far, in whatever unit (`ru_inblock` of getrusage(2)) */
  diskReads(): number
  nextTurn?: NextTurn
}

const clock: Clock = { now: () => performance.now(), diskReads: () => resourceUsage().fsRead }

/** @throws where the folder cannot be looked at */
export async function quickDiskOf(folder: string): Promise<QuickDisk> {
  const { type } = await statfs(folder)
  return createQuickDisk(type)
}

/** @param type of the file system, as `statfs` names it */
export function createQuickDisk(type: number, { now, diskReads, nextTurn }: Clock = clock): QuickDisk {
  const isLocal = local.has(type)
  let pauseMs = pauseMsMin
  let pausedUntil = -Infinity
  let quickInRow = 0
  const turn = perTurn(turnMsMax, nextTurn)

  /** A process that had to let others go first has not waited for its disk. */
  const hasWaited = (ms: number, readsBefore: number) =>
    ms >= slowMs || (ms >= atOnceMs && diskReads() > readsBefore)

  return {
    isQuick: () => isLocal && turn.isLeft() && now() >= pausedUntil,
    call(work) {
      const readsBefore = diskReads()
      const started = now()
      try {
        return work()
      } finally {
        const ended = now()
        turn.spend(ended - started)
        if (hasWaited(ended - started, readsBefore)) {
          pausedUntil = ended + pauseMs
          pauseMs = Math.min(pauseMsMax, pauseMs * 2)
          quickInRow = 0
        } else if (++quickInRow % quickMin === 0) pauseMs = Math.max(pauseMsMin, pauseMs / 2)
      }
    },
  }
}
