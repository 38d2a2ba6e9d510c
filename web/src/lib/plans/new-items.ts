import type { CatalogueEntry } from '@bitewing/db'
import {
  archOf,
  planMilestones,
  quadrantOf,
  type Fdi,
  type PlanItem,
  type Site,
  type Surface,
} from '@bitewing/db/plan-rules'

/**
 * What a procedure becomes on the chosen teeth: a filling one item a tooth with its surfaces, what is done on an
 * arch or a quadrant one item for each that a chosen tooth lies in, all else one item.
 *
 * @returns null when teeth must be chosen first
 */
export function newItems(
  procedure: CatalogueEntry,
  teeth: readonly Fdi[],
  surfaces: Readonly<Record<Fdi, Surface[]>>,
  taxIds: readonly string[],
): PlanItem[] | null {
  const sites = sitesOf(procedure.site, teeth, surfaces)
  return (
    sites &&
    sites.map((site) => ({
      id: crypto.randomUUID(),
      procedureId: procedure.id,
      code: procedure.code,
      name: procedure.name,
      site,
      per: procedure.per,
      feeCents: procedure.feeCents,
      discount: { kind: 'none' },
      taxIds: procedure.taxIds.filter((id) => taxIds.includes(id)),
      providerId: null,
      priority: 2,
      note: '',
      images: [],
      ...planMilestones(procedure.milestones),
    }))
  )
}

function sitesOf(
  kind: CatalogueEntry['site'],
  teeth: readonly Fdi[],
  surfaces: Readonly<Record<Fdi, Surface[]>>,
): Site[] | null {
  if (kind === 'mouth') return [{ kind: 'mouth' }]
  if (teeth.length === 0) return null
  switch (kind) {
    case 'arch':
      return [...new Set(teeth.map(archOf))].map((arch) => ({ kind: 'arch', arch }))
    case 'quadrant':
      return [...new Set(teeth.map(quadrantOf))].map((quadrant) => ({ kind: 'quadrant', quadrant }))
    case 'surfaces':
      return teeth.map((tooth) => ({
        kind: 'teeth',
        teeth: [tooth],
        surfaces: surfaces[tooth] ? { [tooth]: surfaces[tooth] } : {},
      }))
    case 'teeth':
      return [{ kind: 'teeth', teeth: [...teeth], surfaces: {} }]
  }
}
