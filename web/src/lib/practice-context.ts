import { createContext } from 'svelte'
import type { LiveStudies } from './live-studies.svelte.ts'
import type { Uploads } from './upload/uploads.svelte.ts'

/** What pages of a practice have in common while the tab is open. */
export const [getPractice, setPractice] = createContext<{
  live: LiveStudies
  uploads: Uploads
  openUpload: () => void
}>()
