import { dateOf } from '#lib/viewer/drawn.ts'
import type { FindingContentInput } from '#lib/teeth/finding-form.ts'
import type { AiRegion, ReviewedFinding, ReviewedResult } from './ai-result.ts'
import { softwareText } from './software-text.ts'

type Options = {
  /** of the page's resource */
  address: string
  results: readonly ReviewedResult[]
}
/** A finding with the result that it is part of. */
export type ShownFinding = ReviewedFinding & {
  /** names it among all results */
  key: string
  result: string
  software: string
}

const pollMs = 20_000

/** What software found on a study's images: a layer above the picture, shown or hidden. */
export class AiResults {
  results = $state.raw<ReviewedResult[]>([])
  isShown = $state(true)
  chosen = $state<string | null>(null)
  isBusy = $state(false)
  hasFailed = $state(false)
  readonly findings = $derived(
    this.results.flatMap(({ sopInstanceUid, software, findings }) =>
      findings.map((finding): ShownFinding => ({
        ...finding,
        key: `${sopInstanceUid} ${finding.id}`,
        result: sopInstanceUid,
        software: softwareText(software),
      })),
    ),
  )
  readonly unreviewed = $derived(this.findings.filter(({ review }) => review === null).length)
  readonly #address: string

  constructor({ address, results }: Options) {
    this.#address = address
    this.#take(results)
  }

  /** Begins to ask for what arrives. @returns what ends it */
  start(): () => void {
    const ask = () => void this.#refresh()
    const poll = setInterval(() => document.visibilityState === 'visible' && ask(), pollMs)
    addEventListener('focus', ask)
    return () => {
      clearInterval(poll)
      removeEventListener('focus', ask)
    }
  }

  /** What lies on a frame, with its regions there. */
  onFrame(sopInstanceUid: string, frame: number): ShownFinding[] {
    const isHere = (region: AiRegion) =>
      region.sopInstanceUid === sopInstanceUid && (region.frame === null || region.frame === frame)
    return this.findings
      .filter(({ regions }) => regions.some(isHere))
      .map((finding) => ({ ...finding, regions: finding.regions.filter(isHere) }))
  }

  /** @returns whether it was kept */
  async review(
    { result, id }: ShownFinding,
    verdict: 'accepted' | 'rejected' | 'open',
    onChart: (FindingContentInput & { id: string }) | null = null,
  ): Promise<boolean> {
    this.isBusy = true
    this.hasFailed = false
    try {
      const response = await fetch(this.#address, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ result, finding: id, verdict, onChart }),
      })
      if (!response.ok) throw new Error('refused')
      const { results } = (await response.json()) as { results: ReviewedResult[] } // our own server's
      this.#take(results)
      return true
    } catch {
      this.hasFailed = true
      return false
    } finally {
      this.isBusy = false
    }
  }

  async #refresh(): Promise<void> {
    if (this.isBusy) return
    const response = await fetch(this.#address).catch(() => null)
    if (!response?.ok || this.isBusy) return
    const { results } = (await response.json()) as { results: ReviewedResult[] } // our own server's
    this.#take(results)
  }

  #take(results: readonly ReviewedResult[]): void {
    this.results = results.map((result) => ({
      ...result,
      findings: result.findings.map((finding) => ({
        ...finding,
        review: finding.review && { ...finding.review, at: dateOf(finding.review.at) },
      })),
    }))
  }
}
