import { SvelteMap } from 'svelte/reactivity'
import { recallOf, type Recall } from './recall-of.ts'
import { whenAtHand } from './when-at-hand.ts'

type Wanted = { url: string; studyInstanceUid: string }

/** Pictures that are made of originals: which of them wait for the archive, and what is shown meanwhile. */
export class PicturesAtHand {
  readonly #recalls = new SvelteMap<string, Recall>()

  /** The one that takes longest, for all that are waited for; null where none is. */
  readonly recall = $derived.by((): Recall | null => {
    const all = [...this.#recalls.values()].toSorted((a, b) => b.readyBy.getTime() - a.readyBy.getTime())
    return all[0] ? { ...all[0], remaining: all.length } : null
  })

  /** The address to show: of a smaller picture, which is always there, while the original is fetched. */
  url(wanted: string, meanwhile: string): string {
    return this.#recalls.has(wanted) ? meanwhile : wanted
  }

  /** Finds out what is not there, and when it is. @returns what ends that */
  watch(pictures: readonly Wanted[]): () => void {
    let isOver = false
    const ends: (() => void)[] = []
    const look = ({ url, studyInstanceUid }: Wanted) => {
      const picture = new Image()
      picture.src = url
      picture.decode().then(
        () => this.#recalls.delete(url),
        async () => {
          const recall = await recallOf(url)
          if (isOver) return
          if (recall === null) this.#recalls.delete(url)
          else {
            this.#recalls.set(url, recall)
            ends.push(whenAtHand(studyInstanceUid, () => look({ url, studyInstanceUid })))
          }
        },
      )
    }
    pictures.forEach(look)
    return () => {
      isOver = true
      ends.forEach((end) => end())
      for (const { url } of pictures) this.#recalls.delete(url)
    }
  }
}
