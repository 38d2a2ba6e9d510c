import type { DentitionPlan, Phase } from './phantom/dentition.ts'

/** `photograph`: one frontal view; `intraoral-photographs`: the four others of an orthodontic composite that a mouth can show */
export type ImageKind =
  'panoramic' | 'cephalogram' | 'bitewings' | 'cbct' | 'photograph' | 'intraoral-photographs' | 'models'

export type DemoStudy = {
  /** Names the study within its patient. */
  key: string
  phase: Phase
  /** DICOM date (YYYYMMDD) and time of the visit. */
  date: string
  time: string
  description: string
  accessionNumber: string
  images: readonly ImageKind[]
  /** 4: premolars and molars of each side; else each side is one picture */
  bitewings?: 4
  /** BCP 47 tag of the language the descriptions are in. */
  language: 'fr' | 'en'
}

export type DemoPatient = {
  key: string
  patientId: string
  /** PN, in the form family^given. */
  name: string
  birthDate: string
  sex: 'F' | 'M' | 'O'
  referrer: string
  dentition: DentitionPlan
  studies: readonly DemoStudy[]
}

export const practice = {
  issuer: 'CLINIQUE-DENTAIRE-DEMO',
  name: 'Clinique dentaire du Vieux-Québec (démo)',
  address: '1, rue de la Démonstration, Québec (Québec)',
  dentist: 'Bouchard^Hélène^^Dre',
  operator: 'Pelletier^Maude',
} as const

const orthodontist = 'Lefrançois^Stéphane^^Dr'
const generalDentist = 'Bérubé^Anne-Sophie^^Dre'

/** Invented people of an invented practice. Dates are fixed, so that the same files come out whenever they are made. */
export const demoPatients: readonly DemoPatient[] = [
  {
    key: 'cote',
    patientId: 'DEMO-0001',
    name: 'Côté^Élodie',
    birthDate: '20100914',
    sex: 'F',
    referrer: generalDentist,
    dentition: {
      seed: 20100914,
      crowdingMm: 6.2,
      age: 15,
      missing: [],
      fillings: {
        '46': [{ material: 'composite', surfaces: 'O' }],
        '16': [{ material: 'composite', surfaces: 'O' }],
      },
      thirdMolars: 'impacted',
      braces: true,
    },
    studies: [
      {
        key: 't0',
        phase: 'T0',
        date: '20250506',
        time: '091500',
        accessionNumber: 'DEMO250506-01',
        language: 'fr',
        description: 'Bilan orthodontique initial (T0)',
        images: [
          'panoramic',
          'cephalogram',
          'bitewings',
          'cbct',
          'photograph',
          'intraoral-photographs',
          'models',
        ],
      },
      {
        key: 't1',
        phase: 'T1',
        date: '20260127',
        time: '160000',
        accessionNumber: 'DEMO260127-06',
        language: 'fr',
        description: 'Contrôle en cours de traitement (T1)',
        images: ['panoramic', 'photograph', 'intraoral-photographs'],
      },
      {
        key: 't2',
        phase: 'T2',
        date: '20261103',
        time: '103000',
        accessionNumber: 'DEMO261103-01',
        language: 'fr',
        description: 'Bilan orthodontique final (T2)',
        images: [
          'panoramic',
          'cephalogram',
          'bitewings',
          'cbct',
          'photograph',
          'intraoral-photographs',
          'models',
        ],
      },
    ],
  },
  {
    key: 'gagne',
    patientId: 'DEMO-0002',
    name: 'Gagné^Mathieu',
    birthDate: '19830222',
    sex: 'M',
    referrer: practice.dentist,
    dentition: {
      seed: 19830222,
      crowdingMm: 1.6,
      age: 43,
      missing: ['15'],
      fillings: {
        '16': [{ material: 'amalgam', surfaces: 'MO' }],
        '26': [{ material: 'amalgam', surfaces: 'MOD' }],
        '36': [{ material: 'amalgam', surfaces: 'O' }],
        '37': [{ material: 'amalgam', surfaces: 'O' }],
        '46': [
          { material: 'crown', surfaces: '' },
          { material: 'root-filling', surfaces: '' },
        ],
        '25': [{ material: 'composite', surfaces: 'DO' }],
        '45': [{ material: 'composite', surfaces: 'DO' }],
      },
      thirdMolars: 'absent',
    },
    studies: [
      {
        key: 'recall',
        phase: 'T0',
        date: '20261022',
        time: '140500',
        accessionNumber: 'DEMO261022-03',
        language: 'fr',
        description: 'Examen de rappel',
        images: ['panoramic', 'bitewings'],
        bitewings: 4,
      },
    ],
  },
  {
    key: 'levesque',
    patientId: 'DEMO-0003',
    name: 'Lévesque^Geneviève',
    birthDate: '19910630',
    sex: 'F',
    referrer: orthodontist,
    dentition: {
      seed: 19910630,
      crowdingMm: 3.8,
      age: 35,
      missing: [],
      fillings: {
        '36': [{ material: 'composite', surfaces: 'MO' }],
        '47': [{ material: 'amalgam', surfaces: 'O' }],
      },
      thirdMolars: 'absent',
    },
    studies: [
      {
        key: 't0',
        phase: 'T0',
        date: '20250612',
        time: '083000',
        accessionNumber: 'DEMO250612-02',
        language: 'fr',
        description: 'Gouttières : début du traitement (T0)',
        images: ['photograph'],
      },
      {
        key: 't2',
        phase: 'T2',
        date: '20261015',
        time: '084500',
        accessionNumber: 'DEMO261015-02',
        language: 'fr',
        description: 'Gouttières : fin du traitement (T2)',
        images: ['panoramic', 'photograph'],
      },
    ],
  },
  {
    key: 'tremblay',
    patientId: 'DEMO-0004',
    name: 'Tremblay^Jean-François',
    birthDate: '19580117',
    sex: 'M',
    referrer: practice.dentist,
    dentition: {
      seed: 19580117,
      crowdingMm: 2.4,
      age: 68,
      missing: ['36', '14', '27', '47'],
      fillings: {
        '16': [
          { material: 'crown', surfaces: '' },
          { material: 'root-filling', surfaces: '' },
        ],
        '17': [{ material: 'amalgam', surfaces: 'MO' }],
        '26': [{ material: 'amalgam', surfaces: 'MOD' }],
        '37': [{ material: 'amalgam', surfaces: 'MO' }],
        '46': [{ material: 'amalgam', surfaces: 'MOD' }],
        '35': [{ material: 'amalgam', surfaces: 'DO' }],
      },
      thirdMolars: 'absent',
    },
    studies: [
      {
        key: 'implant',
        phase: 'T0',
        date: '20260914',
        time: '110000',
        accessionNumber: 'DEMO260914-01',
        language: 'en',
        description: 'Implant planning, site 36',
        images: ['panoramic'],
      },
    ],
  },
  {
    key: 'nguyen',
    patientId: 'DEMO-0005',
    name: 'Nguyễn^Thị Ánh',
    birthDate: '19970311',
    sex: 'F',
    referrer: practice.dentist,
    dentition: {
      seed: 19970311,
      crowdingMm: 2.2,
      age: 29,
      missing: [],
      fillings: {
        '26': [{ material: 'composite', surfaces: 'O' }],
        '46': [{ material: 'amalgam', surfaces: 'MO' }],
      },
      thirdMolars: 'erupted',
    },
    studies: [
      {
        key: 'recall',
        phase: 'T0',
        date: '20261028',
        time: '093000',
        accessionNumber: 'DEMO261028-02',
        language: 'fr',
        description: 'Rappel annuel, interproximales',
        images: ['bitewings'],
      },
    ],
  },
  {
    key: 'obrien',
    patientId: 'DEMO-0006',
    name: "O'Brien-Désilets^Zoë",
    birthDate: '20080425',
    sex: 'F',
    referrer: orthodontist,
    dentition: {
      seed: 20080425,
      crowdingMm: 7.4,
      age: 18,
      missing: [],
      fillings: {},
      thirdMolars: 'impacted',
    },
    studies: [
      {
        key: 't0',
        phase: 'T0',
        date: '20261109',
        time: '151500',
        accessionNumber: 'DEMO261109-04',
        language: 'en',
        description: 'Orthodontic consultation',
        images: ['panoramic', 'photograph'],
      },
    ],
  },
  {
    key: 'belanger',
    patientId: 'DEMO-0007',
    name: 'Bélanger^Noël',
    birthDate: '19741225',
    sex: 'M',
    referrer: generalDentist,
    dentition: {
      seed: 19741225,
      crowdingMm: 3,
      age: 51,
      missing: [],
      fillings: {
        '17': [{ material: 'amalgam', surfaces: 'O' }],
        '36': [{ material: 'amalgam', surfaces: 'MOD' }],
        '46': [{ material: 'amalgam', surfaces: 'DO' }],
      },
      thirdMolars: 'impacted',
    },
    studies: [
      {
        key: 'wisdom',
        phase: 'T0',
        date: '20260820',
        time: '133000',
        accessionNumber: 'DEMO260820-01',
        language: 'fr',
        description: 'Consultation, dents de sagesse',
        images: ['panoramic'],
      },
    ],
  },
  {
    key: 'saint-onge',
    patientId: 'DEMO-0008',
    name: 'St-Onge^Maïka',
    birthDate: '20011002',
    sex: 'F',
    referrer: practice.dentist,
    dentition: { seed: 20011002, crowdingMm: 1, age: 25, missing: [], fillings: {}, thirdMolars: 'absent' },
    studies: [
      {
        key: 'emergency',
        phase: 'T2',
        date: '20261116',
        time: '164500',
        accessionNumber: 'DEMO261116-05',
        language: 'en',
        description: 'Emergency visit, sensitive 21',
        images: ['photograph'],
      },
    ],
  },
]
