import { readdir, readFile } from 'node:fs/promises'

/** Clock ticks a second in /proc (man 5 proc_pid_stat); 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/** Processor time of processes and all below them, in seconds; Linux only. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const all = new Map<number, { parent: number; ticks: number }>()
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // utime, stime, and those of children that have ended
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0)
    all.set(pid, { parent: Number(fields[1]), ticks })
  }
  const isWanted = (pid: number): boolean => {
    if (pids.includes(pid)) return true
    const parent = all.get(pid)?.parent
    return parent !== undefined && parent > 1 && isWanted(parent)
  }
  let ticks = 0
  for (const [pid, process] of all) if (isWanted(pid)) ticks += process.ticks
  return ticks / ticksPerSecond
}

/** Resident memory of one process, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1024
}
