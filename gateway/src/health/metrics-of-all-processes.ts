import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { z } from 'zod'

const Question = z.object({ bitewing: z.literal('metrics'), id: z.int() })
const Answer = Question.extend({ text: z.string().nullable() })
const answerMs = 6000

/**
 * What `/metrics` says, whichever process of the gateway is asked: counts and histograms of all of them added up
 * (prom-client says what becomes of each of its own). Of a gateway of one process, its own.
 *
 * @returns rejects when a process does not answer in time
 */
export function metricsOfAllProcesses(metrics: Registry): () => Promise<string> {
  const { worker } = cluster
  if (!worker) return () => metrics.metrics()

  AggregatorRegistry.setRegistries([metrics])
  new AggregatorRegistry() // answers the first process when that collects
  const waiting = new Map<number, (text: string | null) => void>()
  worker.on('message', (message: unknown) => {
    const answer = Answer.safeParse(message)
    if (answer.success) waiting.get(answer.data.id)?.(answer.data.text)
  })
  let asked = 0
  return async () => {
    const id = asked++
    const { promise, resolve } = Promise.withResolvers<string | null>()
    waiting.set(id, resolve)
    const timer = setTimeout(() => resolve(null), answerMs)
    try {
      worker.send({ bitewing: 'metrics', id })
      const text = await promise
      if (text === null) throw new Error('a process of the gateway did not tell its metrics')
      return text
    } finally {
      clearTimeout(timer)
      waiting.delete(id)
    }
  }
}

/** In the first process, which serves nothing itself: collects when one of the others asks. */
export function collectMetrics(): void {
  const all = new AggregatorRegistry()
  cluster.on('message', (worker: Worker, message: unknown) => {
    const question = Question.safeParse(message)
    if (!question.success) return
    const answer = (text: string | null) => {
      if (worker.isConnected()) worker.send({ ...question.data, text })
    }
    all.clusterMetrics().then(answer, () => answer(null))
  })
}
