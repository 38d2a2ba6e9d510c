import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Account } from '../processes/child.ts'

const run = promisify(execFile)

/** A system user by its name; null when there is none, or when it is root under another name. */
export async function systemAccount(userName: string): Promise<Account | null> {
  try {
    const uid = Number((await run('id', ['-u', userName])).stdout)
    const gid = Number((await run('id', ['-g', userName])).stdout)
    return uid > 0 ? { uid, gid } : null
  } catch {
    return null
  }
}
