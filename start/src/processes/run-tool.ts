import { startChild } from './child.ts'

type ToolOptions = {
  name: string
  command: string
  args: readonly string[]
  cwd?: string
  env: Readonly<Record<string, string>>
  signal?: AbortSignal
  onLine?: (line: string) => void
}

/**
 * Runs a program to its end.
 *
 * @throws with its last lines when it fails, or when `signal` ended it
 */
export async function runTool({ signal, onLine, ...options }: ToolOptions): Promise<void> {
  signal?.throwIfAborted()
  const lastLines: string[] = []
  const child = await startChild({
    ...options,
    onLine: (line) => {
      lastLines.push(line)
      if (lastLines.length > 40) lastLines.shift()
      onLine?.(line)
    },
  })
  const end = () => void child.kill()
  signal?.addEventListener('abort', end, { once: true })
  const exit = await child.exited
  signal?.removeEventListener('abort', end)
  signal?.throwIfAborted()
  if (exit.code !== 0) throw new Error(`${options.name} failed:\n${lastLines.join('\n')}`)
}
