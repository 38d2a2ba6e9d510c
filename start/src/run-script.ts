import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { projectRoot } from './project-root.ts'

/** Prepares, then runs a program of this checkout in the place of this one: its arguments, streams and exit code. */
export async function runScript(script: string, prepare: () => Promise<void>): Promise<void> {
  try {
    await prepare()
  } catch (error) {
    console.error(error instanceof Error ? error.message : 'It could not be prepared')
    process.exitCode = 1
    return
  }
  const child = spawn(process.execPath, [join(projectRoot, script), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
