import { canonicalJson, mergePlans, type PlanConflict, type PlanContent } from '@bitewing/db/plan-rules'
import { takeOurs } from './edit-plan.ts'

type Saved =
  | { outcome: 'saved'; revision: number }
  | { outcome: 'changed'; revision: number; content: PlanContent }
  | { outcome: 'frozen' }

export type DraftStore = {
  /** @returns null when the server cannot be reached: to be asked again */
  save: (versionId: string, revision: number, content: PlanContent) => Promise<Saved | null>
  /** a draft after the version that was presented meanwhile */
  startNext: () => Promise<{ versionId: string; revision: number; content: PlanContent } | null>
}

type Options = DraftStore & {
  versionId: string
  revision: number
  content: PlanContent
  onnext: (versionId: string) => void
  pause?: (milliseconds: number) => Promise<void>
}

const calmMs = 500
const retryMs = 2000
const stepsMax = 200
/** what is typed into one field within this time is one step */
const oneStepMs = 1500

/**
 * A plan that is being written. Every change is shown at once, and saved half a second later; what cannot be saved
 * is kept and tried again until it is. Others' changes are merged in; what both wrote is shown to be chosen from.
 */
export class PlanDraft {
  content = $state.raw<PlanContent>({
    title: '',
    note: '',
    currency: 'CAD',
    taxes: [],
    discount: { kind: 'none' },
    phases: [],
  })
  /** `away`: the server is not reached, and is asked again; `refused`: it will not take this, and says no more */
  status = $state<'saved' | 'waiting' | 'saving' | 'away' | 'refused'>('saved')
  conflicts = $state.raw<PlanConflict[]>([])
  /** others' changes came in since the page was opened */
  merged = $state(false)
  #past = $state.raw<PlanContent[]>([])
  #future = $state.raw<PlanContent[]>([])
  #base: PlanContent
  #revision: number
  #versionId: string
  #options: Options
  #running: Promise<void> | null = null
  #lastKey = ''
  #lastAt = 0

  constructor(options: Options) {
    this.#options = options
    this.#base = options.content
    this.#revision = options.revision
    this.#versionId = options.versionId
    this.content = options.content
  }

  get canUndo() {
    return this.#past.length > 0
  }
  get canRedo() {
    return this.#future.length > 0
  }
  /** what has been saved last: what may be presented */
  get revision() {
    return this.#revision
  }

  /** @param key names the field that is typed into: its letters are one step together */
  change(next: PlanContent, key = '') {
    if (next === this.content) return
    const now = Date.now()
    const same = key !== '' && key === this.#lastKey && now - this.#lastAt < oneStepMs
    if (!same) this.#past = [...this.#past, this.content].slice(-stepsMax)
    this.#future = []
    this.#lastKey = key
    this.#lastAt = now
    this.content = next
    this.#start()
  }

  undo() {
    const before = this.#past.at(-1)
    if (!before) return
    this.#past = this.#past.slice(0, -1)
    this.#future = [...this.#future, this.content]
    this.#lastKey = ''
    this.content = before
    this.#start()
  }

  redo() {
    const after = this.#future.at(-1)
    if (!after) return
    this.#future = this.#future.slice(0, -1)
    this.#past = [...this.#past, this.content]
    this.content = after
    this.#start()
  }

  settle(conflict: PlanConflict, whose: 'ours' | 'theirs') {
    this.conflicts = this.conflicts.filter((each) => each !== conflict)
    if (whose === 'ours') this.change(takeOurs(this.content, conflict))
  }

  /** Resolves once all is saved; does not, while the server is away. */
  async saved(): Promise<void> {
    while (this.#running) await this.#running
  }

  #start() {
    if (this.status === 'refused') return
    if (this.status === 'saved') this.status = 'waiting'
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  async #run(): Promise<void> {
    const { save, startNext, onnext, pause = sleep } = this.#options
    await pause(calmMs)
    while (canonicalJson(this.content) !== canonicalJson(this.#base)) {
      const sent = this.content
      if (this.status !== 'away') this.status = 'saving'
      let answer: Saved | null
      try {
        answer = await save(this.#versionId, this.#revision, sent)
      } catch {
        this.status = 'refused'
        return
      }
      if (answer === null) {
        this.status = 'away'
        await pause(retryMs)
      } else if (answer.outcome === 'saved') {
        this.#base = sent
        this.#revision = answer.revision
        if (this.content !== sent) {
          this.status = 'waiting'
          await pause(calmMs)
        }
      } else if (answer.outcome === 'changed') this.#takeIn(answer)
      else {
        const next = await startNext().catch(() => null)
        if (next === null) {
          this.status = 'away'
          await pause(retryMs)
          continue
        }
        this.#versionId = next.versionId
        this.#takeIn(next)
        onnext(next.versionId)
      }
    }
    this.status = 'saved'
  }

  #takeIn({ revision, content }: { revision: number; content: PlanContent }) {
    const { content: both, conflicts } = mergePlans(this.#base, this.content, content)
    if (canonicalJson(both) !== canonicalJson(this.content)) {
      // steps from before would take back what others did
      this.#past = []
      this.#future = []
      this.merged = true
      this.content = both
    }
    this.conflicts = [...this.conflicts, ...conflicts]
    this.#base = content
    this.#revision = revision
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
