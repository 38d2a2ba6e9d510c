import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { demoPatients } from './patients.ts'
import { cbctGeometry } from './render/cbct.ts'
import { composedViews } from './render/photograph-camera.ts'
import type { DemoInstance, RenderJob } from './render-job.ts'

/** Selects a part of the demo; what is absent selects all. */
export type DemoSelection = {
  /** Keys of patients, see `demoPatients`; the real panoramic is `real-panoramic`. */
  patients?: readonly string[]
  kinds?: readonly (RenderJob['kind'] | 'real-panoramic')[]
}

export const REAL_PANORAMIC_PATIENT = 'real-panoramic'

/** UIDs of the real panoramic's file, which is handed on unchanged. */
const realPanoramic = { studyInstanceUid: '1.2.3.4.5.6', sopInstanceUid: '999.999.01.23.45.6789' }

/**
 * Makes the demo's studies, in an order that shows something soon: pictures of all patients, then the long CBCT series.
 * The files are the same on each run. Rendering runs in worker threads; ending the iteration early ends them.
 *
 * @throws {Error} when a thread fails
 */
export async function* demoInstances(options: { only?: DemoSelection } = {}): AsyncIterable<DemoInstance> {
  const { patients, kinds } = options.only ?? {}
  const jobs = demoJobs().filter(
    (job) => (!patients || patients.includes(job.patientKey)) && (!kinds || kinds.includes(job.kind)),
  )
  if (
    (!patients || patients.includes(REAL_PANORAMIC_PATIENT)) &&
    (!kinds || kinds.includes('real-panoramic'))
  ) {
    yield {
      patientKey: REAL_PANORAMIC_PATIENT,
      studyKey: 'panoramic',
      label: 'panoramic (real, fo-dicom)',
      fileName: 'real/CR-ModalitySequenceLUT.dcm',
      ...realPanoramic,
      bytes: await readFile(new URL('../files/CR-ModalitySequenceLUT.dcm', import.meta.url)),
    }
  }
  if (jobs.length > 0) yield* renderInThreads(jobs)
}

/** All jobs, pictures first; a CBCT series is cut into slabs so that every core has work. */
function demoJobs(): RenderJob[] {
  const pictures: RenderJob[] = []
  const photographs: RenderJob[] = []
  const series: RenderJob[] = []
  const slab = 20
  for (const patient of demoPatients) {
    for (const study of patient.studies) {
      const names = { patientKey: patient.key, studyKey: study.key }
      for (const kind of study.images) {
        if (kind === 'bitewings') {
          const parts = study.bitewings === 4 ? (['molars', 'premolars'] as const) : (['side'] as const)
          for (const side of ['right', 'left'] as const)
            pictures.push(...parts.map((part) => ({ ...names, kind, side, part })))
        } else if (kind === 'intraoral-photographs') {
          for (const view of composedViews) photographs.push({ ...names, kind, view })
        } else if (kind !== 'cbct') pictures.push({ ...names, kind })
        else {
          for (let firstSlice = 0; firstSlice < cbctGeometry.slices; firstSlice += slab) {
            series.push({
              ...names,
              kind,
              firstSlice,
              slices: Math.min(slab, cbctGeometry.slices - firstSlice),
            })
          }
        }
      }
    }
  }
  return [...pictures, ...photographs, ...series]
}

type Answer =
  { number: number; instances: DemoInstance[]; failure?: undefined } | { number: number; failure: string }

async function* renderInThreads(jobs: readonly RenderJob[]): AsyncIterable<DemoInstance> {
  const threads = Array.from(
    { length: Math.min(jobs.length, Math.max(1, Math.min(4, availableParallelism()))) },
    () => new Worker(new URL('./render-thread.ts', import.meta.url)),
  )
  // No thread runs further ahead of the reader than this, so that memory stays bounded.
  const AHEAD = threads.length * 2
  const results = jobs.map(() => Promise.withResolvers<DemoInstance[]>())
  for (const result of results) result.promise.catch(() => undefined) // reported where it is awaited
  let next = 0
  let read = 0
  const idle = new Set(threads)

  function dispatch() {
    for (const thread of [...idle]) {
      const job = jobs[next]
      if (!job || next >= read + AHEAD) return
      idle.delete(thread)
      thread.postMessage({ number: next, job })
      next++
    }
  }
  for (const thread of threads) {
    thread.on('message', (answer: Answer) => {
      const result = results[answer.number]
      if (answer.failure === undefined) result?.resolve(answer.instances)
      else result?.reject(new Error(answer.failure))
      idle.add(thread)
      dispatch()
    })
    thread.on('error', (error) => {
      for (const result of results) result.reject(error)
    })
  }
  try {
    dispatch()
    for (const result of results) {
      const instances = await result.promise
      read++
      dispatch()
      yield* instances
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}
