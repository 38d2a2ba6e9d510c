import { headBytes, isZip, judgeFile } from './judge-file.ts'
import { createUnzipWorker } from './create-unzip-worker.ts'
import type { FoundFile } from './dropped-files.ts'
import { stowBody } from './multipart.ts'
import { mayRetry, stowOutcome, type RefusalReason } from './stow-outcome.ts'
import type { FromUnzip, ToUnzip } from './unzip-worker.ts'

const parallelMax = 3

export type UploadState = 'waiting' | 'sending' | 'checking' | 'stored' | 'refused' | 'cancelled'

/** One DICOM file on its way. */
export class Upload {
  readonly id: number
  readonly path: string
  readonly bytes: number
  sent = $state(0)
  state = $state<UploadState>('waiting')
  warned = $state(false)
  reason = $state<RefusalReason | null>(null)
  code = $state<number | null>(null)
  /** kept until stored, so that it can be tried again */
  blob: Blob | null
  request: XMLHttpRequest | null = null
  settled: (() => void) | null = null

  constructor(id: number, path: string, blob: Blob | null, bytes: number) {
    this.id = id
    this.path = path
    this.blob = blob
    this.bytes = bytes
  }

  get name() {
    return this.path.split('/').at(-1) ?? this.path
  }
  get retryable() {
    return this.state === 'refused' && this.reason !== null && mayRetry(this.reason) && this.blob !== null
  }
}

/** The uploads of this tab. They go on while people move between pages. */
export class Uploads {
  all = $state<Upload[]>([])
  skipped = $state<string[]>([])
  /** drops and archives that are still being looked through */
  reading = $state(0)
  studies = $state<string[]>([])
  #nextId = 1
  #running = 0
  #queue: Upload[] = []
  #workers: Worker[] = []
  #onStored: () => void

  constructor(onStored: () => void) {
    this.#onStored = onStored
  }

  // kept up to date one by one: a folder may hold tens of thousands of files
  counts = $state<Record<UploadState, number>>({
    waiting: 0,
    sending: 0,
    checking: 0,
    stored: 0,
    refused: 0,
    cancelled: 0,
  })
  retryable = $state(0)
  bytes = $state(0)
  sentBytes = $state(0)
  readonly active = $derived(
    this.reading > 0 || this.counts.waiting + this.counts.sending + this.counts.checking > 0,
  )

  /** Takes over files; resolves once all of them are queued, refused or skipped. */
  async add(files: AsyncIterable<FoundFile>): Promise<void> {
    this.reading++
    try {
      for await (const { file, path, direct } of files) await this.#consider(file, path, direct)
    } catch {
      this.#refuse('', 'unreadable')
    } finally {
      this.reading--
    }
  }

  retry(uploads: readonly Upload[] = this.all) {
    for (const upload of uploads) {
      if (!upload.retryable) continue
      this.#move(upload, 'waiting')
      this.#sent(upload, 0)
      this.#queue.push(upload)
    }
    this.#pump()
  }

  cancel() {
    for (const worker of this.#workers) worker.terminate()
    this.reading -= this.#workers.length
    this.#workers = []
    this.#queue = []
    for (const upload of this.all) {
      // what is being stored is left to end: the server will have it
      if (upload.state !== 'waiting' && upload.state !== 'sending') continue
      this.#move(upload, 'cancelled')
      upload.request?.abort()
    }
  }

  clear() {
    if (this.active) return
    this.all = []
    this.skipped = []
    this.studies = []
    this.counts = { waiting: 0, sending: 0, checking: 0, stored: 0, refused: 0, cancelled: 0 }
    this.retryable = 0
    this.bytes = 0
    this.sentBytes = 0
  }

  async #consider(file: File, path: string, direct: boolean) {
    let head: Uint8Array
    try {
      head = new Uint8Array(await file.slice(0, headBytes).arrayBuffer())
    } catch {
      this.#refuse(path, 'unreadable')
      return
    }
    if (isZip(path, head)) {
      void this.#unzip(file)
      return
    }
    const judgement = judgeFile(path, head)
    if (judgement === 'dicom') this.#enqueue(path, file)
    else if (direct && file.size === 0) this.#refuse(path, 'empty')
    else if (direct && judgement === 'other') this.#refuse(path, 'not-dicom')
    else this.skipped.push(path)
  }

  #unzip(archive: File): void {
    const worker = createUnzipWorker()
    this.#workers.push(worker)
    this.reading++
    const send = (message: ToUnzip) => worker.postMessage(message)
    const end = () => {
      if (!this.#workers.includes(worker)) return
      this.#workers = this.#workers.filter((each) => each !== worker)
      this.reading--
      worker.terminate()
    }
    worker.addEventListener('error', () => {
      this.#refuse(archive.name, 'zip-broken')
      end()
    })
    worker.addEventListener('message', ({ data }: MessageEvent<FromUnzip>) => {
      if (data.kind === 'file') this.#enqueue(`${archive.name}/${data.path}`, data.blob, () => send('next'))
      if (data.kind === 'skipped') this.skipped.push(`${archive.name}/${data.path}`)
      if (data.kind === 'refused') {
        this.#refuse(data.path === archive.name ? archive.name : `${archive.name}/${data.path}`, data.reason)
      }
      if (data.kind === 'end') end()
    })
    send({ archive })
  }

  #refuse(path: string, reason: RefusalReason) {
    const upload = this.#list(path, null)
    this.#move(upload, 'refused', reason)
  }

  #list(path: string, blob: Blob | null): Upload {
    const upload = new Upload(this.#nextId++, path, blob, blob?.size ?? 0)
    this.all.push(upload)
    this.counts.waiting++
    this.bytes += upload.bytes
    return upload
  }

  #move(upload: Upload, state: UploadState, reason: RefusalReason | null = null) {
    if (upload.retryable) this.retryable--
    this.counts[upload.state]--
    this.counts[state]++
    upload.state = state
    upload.reason = reason
    if (upload.retryable) this.retryable++
    if (state === 'stored' || state === 'refused' || state === 'cancelled') this.#sent(upload, upload.bytes)
  }

  #sent(upload: Upload, bytes: number) {
    const whole = Math.min(bytes, upload.bytes) // the frame of the request counts too
    this.sentBytes += whole - upload.sent
    upload.sent = whole
  }

  #enqueue(path: string, blob: Blob, settled: (() => void) | null = null) {
    const upload = this.#list(path, blob)
    upload.settled = settled
    this.#queue.push(upload)
    this.#pump()
  }

  #pump() {
    while (this.#running < parallelMax) {
      const upload = this.#queue.shift()
      if (!upload) return
      this.#running++
      void this.#send(upload).finally(() => {
        this.#running--
        upload.settled?.()
        upload.settled = null
        this.#pump()
      })
    }
  }

  async #send(upload: Upload): Promise<void> {
    if (!upload.blob) return
    const { body, contentType } = stowBody(upload.blob)
    this.#move(upload, 'sending')
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve) => {
      // fetch tells nothing about the progress of a body
      const request = new XMLHttpRequest()
      upload.request = request
      request.open('POST', '/dicom-web/studies')
      request.setRequestHeader('Content-Type', contentType)
      request.setRequestHeader('Accept', 'application/dicom+json')
      request.upload.addEventListener('progress', ({ loaded }) => this.#sent(upload, loaded))
      request.upload.addEventListener('load', () => {
        if (upload.state === 'sending') this.#move(upload, 'checking')
      })
      request.addEventListener('load', () => resolve({ status: request.status, text: request.responseText }))
      for (const kind of ['error', 'abort', 'timeout'] as const) {
        request.addEventListener(kind, () => resolve({ status: 0, text: '' }))
      }
      request.send(body)
    })
    upload.request = null
    if (this.#state(upload) === 'cancelled') return

    const outcome = stowOutcome(status, text)
    if (outcome.stored) {
      upload.warned = outcome.warned
      upload.blob = null
      this.#move(upload, 'stored')
      const study = outcome.studyInstanceUid
      if (study && !this.studies.includes(study)) this.studies.push(study)
      this.#onStored()
    } else {
      upload.code = outcome.code
      this.#move(upload, 'refused', outcome.reason)
    }
  }

  // it may have changed while the request was under way, which the compiler does not believe
  #state(upload: Upload): UploadState {
    return upload.state
  }
}
