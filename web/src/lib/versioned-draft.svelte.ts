/** What the server holds, and who left it so. */
export type Held<Content> = {
  content: Content
  version: number
  changedAt: Date | null
  /** by name; null when nobody of that id is left */
  changedBy: string | null
}

type Answer<Content> =
  | { outcome: 'saved'; version: number }
  /** somebody else's version as it is now */
  | { outcome: 'changed'; held: Held<Content> }
  | { outcome: 'refused' }

type Options<Content> = {
  held: Held<Content>
  /** @returns null when the server cannot be reached: to be asked again */
  save: (version: number, content: Content) => Promise<Answer<Content> | null>
  pause?: (milliseconds: number) => Promise<void>
}

const retryMs = 2000
const stepsMax = 100

/**
 * Something that is being changed: a mount, an orthodontic case. Each change is shown at once and saved at once; what
 * cannot be saved is tried again until it is. Where somebody else has changed it meanwhile, nothing is saved before it is
 * decided whose stays.
 */
export class VersionedDraft<Content> {
  content: Content
  status = $state<'saved' | 'saving' | 'away' | 'refused' | 'conflict'>('saved')
  theirs = $state.raw<Held<Content> | null>(null)
  #past = $state.raw<Content[]>([])
  #saved: Content
  #version: number
  #options: Options<Content>
  #running = false

  constructor(options: Options<Content>) {
    this.content = $state.raw(options.held.content)
    this.#saved = options.held.content
    this.#version = options.held.version
    this.#options = options
  }

  get canUndo() {
    return this.#past.length > 0
  }

  change(next: Content) {
    this.#past = [...this.#past, this.content].slice(-stepsMax)
    this.content = next
    void this.#run()
  }

  undo() {
    const before = this.#past.at(-1)
    if (before === undefined) return
    this.#past = this.#past.slice(0, -1)
    this.content = before
    void this.#run()
  }

  /** Shows what came from the server. @returns whether it was newer, and nothing of ours waits to be saved */
  adopt(held: Held<Content>): boolean {
    if (held.version <= this.#version || this.status !== 'saved') return false
    this.#take(held)
    return true
  }

  takeTheirs() {
    if (this.theirs) this.#take(this.theirs)
  }

  keepOurs() {
    if (!this.theirs) return
    this.#version = this.theirs.version
    this.#saved = this.theirs.content
    this.theirs = null
    this.status = 'saved'
    void this.#run()
  }

  #take({ content, version }: Held<Content>) {
    this.content = content
    this.#saved = content
    this.#version = version
    this.#past = []
    this.theirs = null
    this.status = 'saved'
  }

  async #run(): Promise<void> {
    if (this.#running || this.status === 'conflict' || this.status === 'refused') return
    const { save, pause = sleep } = this.#options
    this.#running = true
    while (this.content !== this.#saved) {
      const sent = this.content
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
        if (answer.outcome === 'changed') this.theirs = answer.held
        break
      }
    }
    this.#running = false
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
