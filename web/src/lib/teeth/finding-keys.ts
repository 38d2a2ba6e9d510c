import type { FindingKind } from '@bitewing/db/plan-rules'

/** A key for each kind; letters of surfaces stay those of surfaces. */
export const findingKeys = {
  caries: '1',
  restoration: '2',
  crown: '3',
  'root-canal': '4',
  missing: '5',
  implant: '6',
  impacted: '7',
  fracture: '8',
  periapical: '9',
  mobility: '0',
  sealant: 'S',
  note: 'N',
} as const satisfies Record<FindingKind, string>
