import { readFileSync, readdirSync } from 'node:fs'

/**
 * Kills every process below this one, whatever group it is in: the net under an orderly stop, for tools that were
 * at work (npm, a build) when the stop came.
 */
export function endDescendants(): void {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = parentOf(pid)
    if (parent !== null) parents.set(pid, parent)
  }
  const below = (pid: number): boolean => {
    const parent = parents.get(pid)
    return parent !== undefined && (parent === process.pid || below(parent))
  }
  for (const pid of parents.keys()) {
    if (!below(pid)) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // gone meanwhile
    }
  }
}

/** proc(5): the name in brackets may hold anything, so the fields are counted after its last bracket. */
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}
