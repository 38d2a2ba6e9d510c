import type { Mount, MountedImage } from '@bitewing/db'

type Answer =
  | { outcome: 'saved'; version: number }
  /** somebody else's version as it is now */
  | { outcome: 'changed'; mount: Mount }
  | { outcome: 'refused' }

type Options = {
  mount: Mount
  /** @returns null when the server cannot be reached: to be asked again */
  save: (version: number, images: MountedImage[]) => Promise<Answer | null>
  pause?: (milliseconds: number) => Promise<void>
}

const retryMs = 2000
const stepsMax = 100

/**
 * A mount that is being changed. Each change is shown at once and saved at once; what cannot be saved is tried again
 * until it is. Where somebody else has changed the mount meanwhile, nothing is saved before it is decided whose stays.
 */
export class MountDraft {
  images = $state.raw<MountedImage[]>([])
  status = $state<'saved' | 'saving' | 'away' | 'refused' | 'conflict'>('saved')
  theirs = $state.raw<Mount | null>(null)
  #past = $state.raw<MountedImage[][]>([])
  #saved: MountedImage[]
  #version: number
  #options: Options
  #running = false

  constructor(options: Options) {
    this.#options = options
    this.images = options.mount.images
    this.#saved = options.mount.images
    this.#version = options.mount.version
  }

  get canUndo() {
    return this.#past.length > 0
  }

  change(next: MountedImage[]) {
    this.#past = [...this.#past, this.images].slice(-stepsMax)
    this.images = next
    void this.#run()
  }

  undo() {
    const before = this.#past.at(-1)
    if (!before) return
    this.#past = this.#past.slice(0, -1)
    this.images = before
    void this.#run()
  }

  /** Shows what came from the server. @returns whether it was newer, and nothing of ours waits to be saved */
  adopt(mount: Mount): boolean {
    if (mount.version <= this.#version || this.status !== 'saved') return false
    this.#take(mount)
    return true
  }

  takeTheirs() {
    if (this.theirs) this.#take(this.theirs)
  }

  keepOurs() {
    if (!this.theirs) return
    this.#version = this.theirs.version
    this.#saved = this.theirs.images
    this.theirs = null
    this.status = 'saved'
    void this.#run()
  }

  #take({ images, version }: Mount) {
    this.images = images
    this.#saved = images
    this.#version = version
    this.#past = []
    this.theirs = null
    this.status = 'saved'
  }

  async #run(): Promise<void> {
    if (this.#running || this.status === 'conflict' || this.status === 'refused') return
    const { save, pause = sleep } = this.#options
    this.#running = true
    while (this.images !== this.#saved) {
      const sent = this.images
      if (this.status !== 'away') this.status = 'saving'
      const answer = await save(this.#version, sent)
      if (answer === null) {
        this.status = 'away'
        await pause(retryMs)
      } else if (answer.outcome === 'saved') {
        this.#version = answer.version
        this.#saved = sent
        this.status = 'saved'
      } else {
        this.status = answer.outcome === 'changed' ? 'conflict' : 'refused'
        if (answer.outcome === 'changed') this.theirs = answer.mount
        break
      }
    }
    this.#running = false
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
