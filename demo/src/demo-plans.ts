/** One line of a demo plan: a procedure of the shipped catalogue, by its code. */
export type DemoPlanItem = {
  code: string
  /** FDI and surfaces, `16 MO`; several with commas; `Q1` a quadrant, `upper` or `lower` an arch */
  where?: string
  note?: string
  pressing?: true
  discountPercent?: number
  /** the patient's newest image of this kind stands beside it */
  image?: 'panoramic' | 'bitewings' | 'photograph'
}

export type DemoPlan = {
  /** of the demo's patient */
  patientId: string
  title: string
  alternatives: { title: string; note: string; phases: { title: string; visits: DemoPlanItem[][] }[] }[]
  /** how far it has come; of several alternatives the first one is signed */
  state: 'draft' | 'presented' | 'signed'
  /** items of the first alternative that are done, by place */
  done?: number[]
  /** items whose first milestone was reached so long ago, by place */
  begun?: { place: number; daysAgo: number }[]
}

/** Believable plans for some of the demo's patients, one of each state. */
export const treatmentPlans: readonly DemoPlan[] = [
  {
    patientId: 'DEMO-0004',
    title: 'Remplacer la première molaire du bas à gauche',
    state: 'presented',
    alternatives: [
      {
        title: 'implant',
        note: 'Une vis en titane remplace la racine, puis une couronne est fixée dessus. Les dents voisines restent intactes. Comptez environ cinq mois en tout.',
        phases: [
          {
            title: 'Préparation et pose',
            visits: [
              [{ code: 'IM-4', where: 'lower', note: 'Pour mesurer l’os avant la pose.' }],
              [
                {
                  code: 'IP-1',
                  where: '36',
                  pressing: true,
                  image: 'panoramic',
                  note: 'Sous anesthésie locale, environ une heure.',
                },
                { code: 'IP-3', where: '36' },
              ],
            ],
          },
          {
            title: 'Couronne, après guérison',
            visits: [[{ code: 'IP-2', where: '36', note: 'Trois à quatre mois après la pose.' }]],
          },
        ],
      },
      {
        title: 'pont',
        note: 'Un pont s’appuie sur les deux dents voisines, qui doivent être taillées. C’est plus rapide, sans chirurgie.',
        phases: [
          {
            title: '',
            visits: [
              [
                {
                  code: 'PT-2',
                  where: '35, 36, 37',
                  image: 'panoramic',
                  note: 'Empreintes et pont provisoire.',
                },
              ],
              [{ code: 'EX-2', note: 'Contrôle un mois plus tard.' }],
            ],
          },
        ],
      },
    ],
  },
  {
    patientId: 'DEMO-0002',
    title: 'Soins après l’examen de rappel',
    state: 'signed',
    done: [0],
    // the plaque is due tomorrow
    begun: [{ place: 3, daysAgo: 13 }],
    alternatives: [
      {
        title: '',
        note: 'Deux anciennes obturations ne sont plus étanches et seront remplacées. Une plaque protège les dents la nuit.',
        phases: [
          {
            title: '',
            visits: [
              [
                { code: 'PR-1' },
                {
                  code: 'RE-3',
                  where: '26 MOD',
                  pressing: true,
                  image: 'bitewings',
                  note: 'L’ancienne obturation laisse passer des bactéries.',
                },
              ],
              [
                { code: 'RE-2', where: '16 MO', image: 'panoramic' },
                { code: 'OT-1', discountPercent: 10 },
              ],
            ],
          },
        ],
      },
    ],
  },
  {
    patientId: 'DEMO-0001',
    title: 'Après l’appareil : garder les dents droites',
    state: 'draft',
    alternatives: [
      {
        title: 'fils collés',
        note: 'Un fil mince, collé derrière les dents, les tient jour et nuit. Rien à mettre, rien à oublier.',
        phases: [
          {
            title: '',
            visits: [
              [
                { code: 'OR-4', where: 'upper', image: 'photograph' },
                { code: 'OR-4', where: 'lower' },
                { code: 'PR-1' },
              ],
              [{ code: 'EX-2', note: 'Contrôle après six mois.' }],
            ],
          },
        ],
      },
      {
        title: 'gouttières de nuit',
        note: 'Deux gouttières transparentes, portées la nuit.',
        phases: [
          {
            title: '',
            visits: [
              [
                { code: 'OR-4', where: 'upper' },
                { code: 'OR-4', where: 'lower' },
              ],
              [{ code: 'PR-3', where: '17, 27, 37, 47', image: 'panoramic' }],
            ],
          },
        ],
      },
    ],
  },
]
