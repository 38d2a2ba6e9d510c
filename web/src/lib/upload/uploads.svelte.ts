import { meshFormatOf } from '@bitewing/models'
import { headBytes, isZip, judgeFile, type Judgement } from './judge-file.ts'
import { createUnzipWorker } from './create-unzip-worker.ts'
import type { FoundFile } from './dropped-files.ts'
import { stowBody } from './multipart.ts'
import { mayRetry, stowOutcome, type RefusalReason } from './stow-outcome.ts'
import type { FromUnzip, ToUnzip } from './unzip-worker.ts'

const parallelMax = 3
/** How long to wait before a file is sent again whose connection broke; after these it is for people to say. */
const pausesMs = [1000, 3000]

export type UploadState = 'waiting' | 'sending' | 'checking' | 'stored' | 'refused' | 'cancelled'

/** The files of one folder, counted one by one: it may hold thousands. */
export class UploadGroup {
  /** folders, or the archive and folders in it; empty for files chosen by themselves */
  readonly path: string
  readonly uploads: Upload[] = []
  files = $state(0)
  counts = $state<Record<UploadState, number>>(noCounts())
  bytes = $state(0)
  sentBytes = $state(0)

  constructor(path: string) {
    this.path = path
  }
}

/** One DICOM file on its way. */
export class Upload {
  readonly id: number
  readonly group: UploadGroup
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
  /** broken connections so far */
  breaks = 0
  /** of a body that is sent as it is; null for a DICOM file, which is wrapped when it is sent */
  contentType: string | null = null

  constructor(id: number, group: UploadGroup, path: string, blob: Blob | null, bytes: number) {
    this.id = id
    this.group = group
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

/** A file that is not sent, and why nobody misses it. */
export type Skipped = { path: string; why: 'index' | 'companion' | 'not-dicom' }

type Options = {
  onStored: () => void
  /** resolves once somebody has logged in again; what was chosen waits that long */
  loggedInAgain: () => Promise<void>
}

/** The uploads of this tab. They go on while people move between pages. */
export class Uploads {
  #all: Upload[] = []
  groups = $state<UploadGroup[]>([])
  /** on the way at this moment, a few at most */
  running = $state<Upload[]>([])
  refused = $state<Upload[]>([])
  skipped = $state<Skipped[]>([])
  /** meshes that people must say more of before they are sent */
  models = $state.raw<File[]>([])
  /** waiting until somebody logs in again */
  loggedOut = $state(false)
  /** drops and archives that are still being looked through */
  reading = $state(0)
  studies = $state<string[]>([])
  #nextId = 1
  #running = 0
  #queue: Upload[] = []
  #workers: Worker[] = []
  #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  // kept up to date one by one: a folder may hold tens of thousands of files
  counts = $state<Record<UploadState, number>>(noCounts())
  retryable = $state(0)
  bytes = $state(0)
  sentBytes = $state(0)
  readonly total = $derived(Object.values(this.counts).reduce((sum, count) => sum + count, 0))
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

  /** Queues what is ready for the server: the body of a Store transaction. */
  addPrepared(path: string, body: Blob, contentType: string): void {
    const upload = this.#list(path, body)
    upload.contentType = contentType
    this.#queue.push(upload)
    this.#pump()
  }

  retry(uploads: readonly Upload[] = this.#all) {
    for (const upload of uploads) {
      if (!upload.retryable) continue
      upload.breaks = 0
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
    for (const upload of this.#all) {
      // what is being stored is left to end: the server will have it
      if (upload.state !== 'waiting' && upload.state !== 'sending') continue
      this.#move(upload, 'cancelled')
      upload.request?.abort()
    }
  }

  clear() {
    if (this.active) return
    this.#all = []
    this.groups = []
    this.refused = []
    this.skipped = []
    this.studies = []
    this.counts = noCounts()
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
    if (judgement === 'other' && file.size > 0 && meshFormatOf(path) !== null) {
      this.models = [...this.models, file]
      return
    }
    if (judgement === 'dicom') this.#enqueue(path, file)
    else if (direct && file.size === 0) this.#refuse(path, 'empty')
    else if (direct && judgement === 'other') this.#refuse(path, 'not-dicom')
    else this.skipped.push({ path, why: whySkipped(path, judgement) })
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
      if (data.kind === 'skipped') {
        const path = `${archive.name}/${data.path}`
        this.skipped.push({ path, why: whySkipped(path, judgeFile(data.path, new Uint8Array(0))) })
      }
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
    const folder = path.split('/').slice(0, -1).join('/')
    let group = this.groups.find((each) => each.path === folder)
    if (!group) {
      group = new UploadGroup(folder)
      this.groups.push(group)
    }
    const upload = new Upload(this.#nextId++, group, path, blob, blob?.size ?? 0)
    this.#all.push(upload)
    group.uploads.push(upload)
    for (const each of [this, group]) {
      each.counts.waiting++
      each.bytes += upload.bytes
    }
    group.files++
    return upload
  }

  #move(upload: Upload, state: UploadState, reason: RefusalReason | null = null) {
    if (upload.retryable) this.retryable--
    for (const { counts } of [this, upload.group]) {
      counts[upload.state]--
      counts[state]++
    }
    const wasRefused = upload.state === 'refused'
    upload.state = state
    upload.reason = reason
    if (state === 'refused') this.refused.push(upload)
    else if (wasRefused) this.refused = this.refused.filter((each) => each !== upload)
    if (upload.retryable) this.retryable++
    if (state === 'stored' || state === 'refused' || state === 'cancelled') this.#sent(upload, upload.bytes)
  }

  #sent(upload: Upload, bytes: number) {
    const whole = Math.min(bytes, upload.bytes) // the frame of the request counts too
    for (const each of [this, upload.group]) each.sentBytes += whole - upload.sent
    upload.sent = whole
  }

  #enqueue(path: string, blob: Blob, settled: (() => void) | null = null) {
    const upload = this.#list(path, blob)
    upload.settled = settled
    this.#queue.push(upload)
    this.#pump()
  }

  #pump() {
    while (!this.loggedOut && this.#running < parallelMax) {
      const upload = this.#queue.shift()
      if (!upload) return
      this.#running++
      this.running.push(upload)
      void this.#send(upload).finally(() => {
        this.#running--
        this.running = this.running.filter((each) => each !== upload)
        if (upload.state !== 'waiting') {
          upload.settled?.()
          upload.settled = null
        }
        this.#pump()
      })
    }
  }

  /** Back to the head of the queue, to be sent again. */
  #putBack(upload: Upload) {
    this.#move(upload, 'waiting')
    this.#sent(upload, 0)
    this.#queue.unshift(upload)
  }

  async #waitForLogIn(): Promise<void> {
    if (this.loggedOut) return
    this.loggedOut = true
    await this.#options.loggedInAgain()
    this.loggedOut = false
    this.#pump()
  }

  async #send(upload: Upload): Promise<void> {
    if (!upload.blob) return
    const { body, contentType } =
      upload.contentType === null
        ? stowBody(upload.blob)
        : { body: upload.blob, contentType: upload.contentType }
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
    if (!outcome.stored && outcome.reason === 'logged-out') {
      this.#putBack(upload)
      void this.#waitForLogIn()
      return
    }
    const pauseMs = pausesMs[upload.breaks]
    if (!outcome.stored && (outcome.reason === 'network' || outcome.reason === 'away') && pauseMs) {
      upload.breaks++
      this.#move(upload, 'waiting')
      this.#sent(upload, 0)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      // somebody may have cancelled meanwhile
      if (this.#state(upload) === 'waiting') this.#queue.unshift(upload)
      return
    }
    if (outcome.stored) {
      upload.warned = outcome.warned
      upload.blob = null
      this.#move(upload, 'stored')
      const study = outcome.studyInstanceUid
      if (study && !this.studies.includes(study)) this.studies.push(study)
      this.#options.onStored()
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

function noCounts(): Record<UploadState, number> {
  return { waiting: 0, sending: 0, checking: 0, stored: 0, refused: 0, cancelled: 0 }
}

function whySkipped(path: string, judgement: Judgement): Skipped['why'] {
  if (/(^|\/)DICOMDIR$/i.test(path)) return 'index'
  return judgement === 'companion' ? 'companion' : 'not-dicom'
}
