import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '@bitewing/start/project-root'

const corpus = join(projectRoot, '..', 'shared', 'dicom')

/**
 * Absolute path of a file of the DICOM corpus, which lies beside the checkout.
 *
 * @param path path inside the corpus, such as `dental/README.md`
 * @throws when there is no such file
 */
export function corpusPath(path: string): string {
  const found = join(corpus, path)
  if (!existsSync(found)) throw new Error(`The corpus beside the checkout has no ${path}`)
  return found
}
