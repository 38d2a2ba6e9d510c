import { demoUid } from './dicom/demo-uid.ts'
import { composedViews } from './render/photograph-camera.ts'

/** A time point with the images that are certainly its own: cells of the orthodontic records by SOP Instance UID. */
export type DemoRecords = {
  label: string
  stage: 'initial' | 'progress' | 'final'
  /** ISO */
  day: string
  cells: Record<number, string>
}

const cellOf = { 'upper-occlusal': 4, 'lower-occlusal': 5, 'right-buccal': 6, 'left-buccal': 8 } as const

function records(key: 't0' | 't1' | 't2', stage: DemoRecords['stage'], day: string): DemoRecords {
  const initialAndFinal: DemoRecords['cells'] =
    key === 't1'
      ? {}
      : { 10: demoUid('cote', key, 'cephalogram', 1), 11: demoUid('cote', key, 'model-upper', 1) }
  return {
    label: key.toUpperCase(),
    stage,
    day,
    cells: {
      7: demoUid('cote', key, 'photographs', 1),
      9: demoUid('cote', key, 'panoramic', 1),
      ...initialAndFinal,
      ...Object.fromEntries(
        composedViews.map((view, index) => [cellOf[view], demoUid('cote', key, 'photographs', index + 2)]),
      ),
    },
  }
}

const [t0, t1, t2] = ['2025-05-06', '2026-01-27', '2026-11-03'] as const
const course = (...values: [number, number, number]) => [
  { day: t0, value: values[0] },
  { day: t1, value: values[1] },
  { day: t2, value: values[2] },
]
const arch = (quadrants: [number, number]) =>
  quadrants.flatMap((quadrant) => [1, 2, 3, 4, 5].map((position) => `${quadrant}${position}`))

/**
 * The orthodontic treatment of one of the demo's patients, from braces to retainers. Its measures are those of the
 * phantom: what its photographs show.
 */
export const orthodonticTreatment = {
  patientId: 'DEMO-0001',
  records: [records('t0', 'initial', t0), records('t1', 'progress', t1), records('t2', 'final', t2)],
  started: { expected: '2025-06-10', actual: '2025-06-10' },
  stopped: { expected: '2026-12-08', actual: '2026-10-20' },
  milestones: [
    { name: 'Alignement terminé', expected: '2026-03-10', actual: '2026-04-14' },
    { name: 'Contrôle de la rétention', expected: '2027-04-20', actual: null },
  ],
  visits: [
    {
      day: '2025-06-10',
      upperWire: '0.014 NiTi',
      lowerWire: '0.014 NiTi',
      appliances: [
        { kind: 'bracket', change: 'placed', teeth: [...arch([1, 2]), ...arch([3, 4])] },
        { kind: 'tube', change: 'placed', teeth: ['16', '26', '36', '46'] },
      ],
      note: 'Pose de l’appareil, consignes d’hygiène.',
    },
    { day: '2025-08-26', upperWire: '0.016 NiTi', lowerWire: '0.016 NiTi', appliances: [], note: '' },
    { day: '2025-11-18', upperWire: '0.018 NiTi', lowerWire: '', appliances: [], note: '' },
    {
      day: '2026-04-14',
      upperWire: '0.019 × 0.025 SS',
      lowerWire: '0.017 × 0.025 SS',
      appliances: [{ kind: 'elastic', change: 'placed', teeth: ['13', '23', '36', '46'] }],
      note: 'Élastiques de classe II, la nuit.',
    },
    {
      day: '2026-10-20',
      upperWire: '-',
      lowerWire: '-',
      appliances: [
        { kind: 'bracket', change: 'removed', teeth: [...arch([1, 2]), ...arch([3, 4])] },
        { kind: 'tube', change: 'removed', teeth: ['16', '26', '36', '46'] },
        { kind: 'elastic', change: 'removed', teeth: ['13', '23', '36', '46'] },
        { kind: 'retainer', change: 'placed', teeth: ['33', '32', '31', '41', '42', '43'] },
      ],
      note: '',
    },
  ],
  measures: [
    { name: 'Encombrement, bas', unit: 'mm', normal: null, values: course(6.2, 2.4, 0) },
    { name: 'Indice d’irrégularité', unit: 'mm', normal: [0, 1], values: course(15.3, 6.2, 1) },
    { name: 'Largeur intercanine', unit: 'mm', normal: null, values: course(22.5, 24, 24.8) },
    { name: 'Recouvrement vertical', unit: 'mm', normal: [1, 3], values: course(2.3, 2.6, 2.7) },
  ],
} as const satisfies {
  records: readonly DemoRecords[]
} & Record<string, unknown>
