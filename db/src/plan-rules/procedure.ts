import type { ProcedureMilestone } from './milestones.ts'
import type { SiteKind } from './plan-content.ts'

/** What kind of work it is: how the catalogue is grouped. */
export const procedureCategories = [
  'examination',
  'imaging',
  'prevention',
  'restoration',
  'endodontics',
  'periodontics',
  'prosthetics',
  'surgery',
  'implants',
  'orthodontics',
  'other',
] as const
export type ProcedureCategory = (typeof procedureCategories)[number]

/** One line of a practice's catalogue. */
export type Procedure = {
  /** the practice's own, unique in its catalogue */
  code: string
  name: { en: string; fr: string }
  category: ProcedureCategory
  site: SiteKind
  per: 'item' | 'tooth'
  feeCents: number
  taxIds: string[]
  /** absent: as they are, and none in a new one */
  milestones?: ProcedureMilestone[]
}
