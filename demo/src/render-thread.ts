import { parentPort } from 'node:worker_threads'
import type { RenderJob } from './render-job.ts'
import { renderJob } from './render-job.ts'

/** Thread of `demoInstances`: takes one job at a time and sends the instances back. */
parentPort?.on('message', (message: { number: number; job: RenderJob }) => {
  renderJob(message.job).then(
    (instances) => parentPort?.postMessage({ number: message.number, instances }),
    (error: unknown) =>
      parentPort?.postMessage({
        number: message.number,
        failure: error instanceof Error ? error.message : 'failed',
      }),
  )
})
