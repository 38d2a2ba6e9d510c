/** A worker of its own per archive: unpacking never holds the page up, and ends with the archive. */
export function createUnzipWorker(): Worker {
  return new Worker(new URL('./unzip-worker.ts', import.meta.url), { type: 'module' })
}
