import type { CatalogueProblem, Procedure } from '@bitewing/db/plan-rules'
import { m } from '#paraglide/messages.js'

const categories = {
  examination: m.category_examination,
  imaging: m.category_imaging,
  prevention: m.category_prevention,
  restoration: m.category_restoration,
  endodontics: m.category_endodontics,
  periodontics: m.category_periodontics,
  prosthetics: m.category_prosthetics,
  surgery: m.category_surgery,
  implants: m.category_implants,
  orthodontics: m.category_orthodontics,
  other: m.category_other,
} satisfies Record<Procedure['category'], () => string>

export function categoryName(category: Procedure['category']): string {
  return categories[category]()
}

const sites = {
  mouth: m.site_mouth,
  arch: m.site_arch,
  quadrant: m.site_quadrant,
  teeth: m.site_teeth,
  surfaces: m.site_surfaces,
} satisfies Record<Procedure['site'], () => string>

export function siteKindName(site: Procedure['site']): string {
  return sites[site]()
}

const problems = {
  'column-missing': m.csv_column_missing,
  missing: m.csv_missing,
  'too-long': m.csv_too_long,
  unknown: m.csv_unknown,
  'not-an-amount': m.csv_not_an_amount,
  twice: m.csv_twice,
  'too-many-lines': m.csv_too_many_lines,
  'not-milestones': m.csv_not_milestones,
} satisfies Record<CatalogueProblem['problem'], (inputs: { column: string; value: string }) => string>

/** What is wrong with a line of a file, and what to do about it. */
export function csvProblemText({ column, problem, value }: CatalogueProblem): string {
  return problems[problem]({ column, value })
}
