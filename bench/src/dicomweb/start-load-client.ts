import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Load, LoadResult } from './load-client.ts'

export type LoadClient = { run(load: Load): Promise<LoadResult>; close(): void }

/** Starts the load client's process; it runs one load at a time. */
export function startLoadClient(): LoadClient {
  const child = fork(fileURLToPath(new URL('load-process.ts', import.meta.url)), {
    serialization: 'advanced',
  })
  return {
    run(load) {
      return new Promise((resolve, reject) => {
        const ended = () => reject(new Error('The load client ended'))
        child.once('exit', ended)
        child.once('message', (answer: { result: LoadResult } | { failure: string }) => {
          child.off('exit', ended)
          if ('result' in answer) resolve(answer.result)
          else reject(new Error(answer.failure))
        })
        child.send(load)
      })
    },
    close: () => child.disconnect(),
  }
}
