import { m } from '#paraglide/messages.js'
import type { Norms } from './norms.ts'

/** Whose norms they are, and what they are worth. @param practice its name */
export function normsText(norms: Norms, practice: string): string {
  const all = Object.values(norms)
  const own = all.filter(({ isOwn }) => isOwn).length
  if (own === 0) return m.ceph_norms_lead()
  return own === all.length ? m.ceph_norms_own_all({ practice }) : m.ceph_norms_own({ practice })
}
