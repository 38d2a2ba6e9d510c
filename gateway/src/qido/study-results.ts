import { dicomJsonText } from '../dicom/dicom-json-text.ts'
import type { FoundStudyRow } from '../study-index/search-studies.ts'
import { studyResult } from './search-result.ts'

/** Of JSON that is kept, in characters. */
const keptMax = 8 * 1024 * 1024

/**
 * Makes the DICOM JSON of found studies and keeps it for as long as there is room: the same lists are asked for again
 * and again, and taking a row apart costs more than finding it. Kept under the row's version, so that what has changed
 * is made anew.
 */
export function createStudyResults(): (
  rows: readonly FoundStudyRow[],
  fields: ReadonlySet<string> | 'all',
  url: string,
) => string {
  const kept = new Map<string, string>()
  let keptCharacters = 0
  return (rows, fields, url) => {
    const form = `${fields === 'all' ? fields : [...fields].sort().join()} ${url}`
    const results = rows.map((row) => {
      const key = `${row.id} ${row.rowVersion} ${row.isArchived} ${form}`
      const known = kept.get(key)
      if (known !== undefined) return known
      const made = dicomJsonText(studyResult(row.read(), fields, url))
      if (keptCharacters > keptMax) {
        kept.clear()
        keptCharacters = 0
      }
      kept.set(key, made)
      keptCharacters += key.length + made.length
      return made
    })
    return `[${results.join(',')}]`
  }
}
