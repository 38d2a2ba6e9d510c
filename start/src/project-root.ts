import { join } from 'node:path'

/** Absolute path of the checkout: every other path of the launcher hangs from it. */
export const projectRoot = join(import.meta.dirname, '..', '..')
