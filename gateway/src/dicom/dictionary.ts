import { dictionaryData } from './dictionary-data.ts'
import type { Tag } from './data-set.ts'

type Entry = { vr: string; keyword: string }

const entries = new Map<Tag, Entry>()
const tags = new Map<string, Tag>()
for (const line of dictionaryData.split('\n')) {
  const [tag = '', vr = '', keyword = ''] = line.split(' ')
  entries.set(tag, { vr, keyword })
  tags.set(keyword, tag)
}

/** VR of a tag in PS3.6 as the dictionary writes it: `ox`, `xs`, `lt` and `up` depend on the data set. */
export function dictionaryVr(tag: Tag): string | null {
  return entry(tag)?.vr ?? null
}

/** Tag of a PS3.6 keyword, e.g. `PatientName` → `00100010`; null when unknown. Repeating groups give their first tag. */
export function tagOfKeyword(keyword: string): Tag | null {
  return tags.get(keyword) ?? null
}

/** PS3.6 keyword of a tag (eight uppercase hex digits); null when unknown or private. */
export function keywordOfTag(tag: Tag): string | null {
  return entry(tag)?.keyword ?? null
}

/**
 * VR of a tag by PS3.6, or null when unknown or private. Where PS3.6 gives a choice this is the one Implicit VR
 * uses (PS3.5 Annex A.1): OW for "OB or OW" and "US or OW", and US for "US or SS".
 */
export function vrOfTag(tag: Tag): string | null {
  const vr = dictionaryVr(tag)
  return vr === null ? null : (unambiguous.get(vr) ?? vr)
}

const unambiguous = new Map([
  ['ox', 'OW'],
  ['lt', 'OW'],
  ['xs', 'US'],
  ['up', 'UL'],
])

function entry(tag: Tag): Entry | undefined {
  const found = entries.get(tag)
  if (found) return found
  // Repeating groups 50xx (curves) and 60xx (overlays), even numbers only, PS3.5 §7.6; and (0020,31xx).
  const group = tag.slice(0, 2)
  if (group === '50' || group === '60') {
    return /^[0-9A-F][02468ACE]$/.test(tag.slice(2, 4)) ? entries.get(`${group}00${tag.slice(4)}`) : undefined
  }
  return tag.startsWith('002031') ? entries.get('00203100') : undefined
}
