import { randomUUID } from 'node:crypto'
import type { PlanContent, PlanItem } from '../plan-rules/index.ts'

/** An item of a plan, for tests: of the whole mouth, and with nothing that need not be there. */
export function planItem(part: Partial<PlanItem> = {}): PlanItem {
  return {
    id: randomUUID(),
    procedureId: null,
    code: 'RE-1',
    name: { en: 'Filling', fr: 'Obturation' },
    site: { kind: 'mouth' },
    per: 'item',
    feeCents: 16_500,
    discount: { kind: 'none' },
    taxIds: [],
    providerId: null,
    priority: 2,
    note: '',
    images: [],
    ...part,
  }
}

/** A plan of one visit, for tests. */
export function planOf(items: PlanItem[], part: Partial<PlanContent> = {}): PlanContent {
  return {
    title: '',
    note: '',
    currency: 'CAD',
    taxes: [],
    discount: { kind: 'none' },
    phases: [{ id: randomUUID(), title: '', visits: [{ id: randomUUID(), title: '', items }] }],
    ...part,
  }
}
