/** A patient who has been at the front desk, and at no X-ray machine yet. */
export type DemoNewcomer = {
  patientId: string
  familyName: string
  givenName: string
  birthDate: string
  phone: string
}

export type DemoAppointment = {
  /** of the demo's patient */
  patientId: string
  /** HH:MM, on the day the demo is started */
  time: string
  minutes: number
  with: 'owner' | 'dentist' | 'assistant'
  room: string
  kind: 'examination' | 'hygiene' | 'treatment' | 'orthodontics' | 'images' | 'consultation' | 'emergency'
  note: string
}

/** Two who come for the first time. Numbers are of the range that is nobody's. */
export const newcomers: readonly DemoNewcomer[] = [
  {
    patientId: 'DEMO-0101',
    familyName: 'Lachance',
    givenName: 'Rose-Aimée',
    birthDate: '2019-03-08',
    phone: '418 555-0161',
  },
  {
    patientId: 'DEMO-0102',
    familyName: 'Abdelmalek',
    givenName: 'Yacine',
    birthDate: '1986-11-30',
    phone: '581 555-0172',
  },
]

/** How the demo's patients are reached. */
export const demoContacts: Readonly<Record<string, { phone: string; email: string | null }>> = {
  'DEMO-0001': { phone: '418 555-0114', email: 'famille.cote@exemple.example' },
  'DEMO-0002': { phone: '418 555-0122', email: null },
  'DEMO-0003': { phone: '581 555-0131', email: 'g.levesque@exemple.example' },
  'DEMO-0004': { phone: '418 555-0147', email: null },
  'DEMO-0005': { phone: '367 555-0155', email: 'anh@exemple.example' },
  'DEMO-0006': { phone: '418 555-0168', email: null },
  'DEMO-0007': { phone: '418 555-0179', email: null },
  'DEMO-0008': { phone: '581 555-0183', email: 'maika@exemple.example' },
}

export const demoAlerts: readonly {
  patientId: string
  kind: 'allergy' | 'medication' | 'pregnancy' | 'pacemaker' | 'other'
  text: string
}[] = [
  { patientId: 'DEMO-0002', kind: 'allergy', text: 'pénicilline' },
  { patientId: 'DEMO-0003', kind: 'pregnancy', text: 'deuxième trimestre' },
  { patientId: 'DEMO-0004', kind: 'pacemaker', text: '' },
  { patientId: 'DEMO-0004', kind: 'medication', text: 'warfarine' },
  { patientId: 'DEMO-0101', kind: 'other', text: 'Première visite : très craintive' },
]

export const demoNotes: readonly { patientId: string; text: string }[] = [
  {
    patientId: 'DEMO-0001',
    text: 'La mère préfère être appelée après 16 h. Élodie change d’élastiques toute seule.',
  },
  { patientId: 'DEMO-0004', text: 'Réfléchit au plan d’implant ; le rappeler la semaine prochaine.' },
]

/** A believable day, with two who overlap as it happens in any practice. */
export const demoAppointments: readonly DemoAppointment[] = [
  {
    patientId: 'DEMO-0002',
    time: '08:00',
    minutes: 60,
    with: 'dentist',
    room: 'Fauteuil 1',
    kind: 'treatment',
    note: 'Couronne 26, préparation',
  },
  {
    patientId: 'DEMO-0003',
    time: '08:30',
    minutes: 45,
    with: 'assistant',
    room: 'Fauteuil 3',
    kind: 'hygiene',
    note: '',
  },
  {
    patientId: 'DEMO-0001',
    time: '09:00',
    minutes: 30,
    with: 'owner',
    room: 'Fauteuil 2',
    kind: 'orthodontics',
    note: 'Changement d’arc',
  },
  {
    patientId: 'DEMO-0101',
    time: '09:30',
    minutes: 45,
    with: 'dentist',
    room: 'Fauteuil 1',
    kind: 'examination',
    note: 'Première visite',
  },
  {
    patientId: 'DEMO-0006',
    time: '10:00',
    minutes: 30,
    with: 'owner',
    room: 'Fauteuil 2',
    kind: 'orthodontics',
    note: '',
  },
  {
    patientId: 'DEMO-0007',
    time: '10:30',
    minutes: 90,
    with: 'dentist',
    room: 'Fauteuil 1',
    kind: 'treatment',
    note: 'Traitement de canal 36',
  },
  {
    patientId: 'DEMO-0005',
    time: '10:45',
    minutes: 60,
    with: 'assistant',
    room: 'Fauteuil 3',
    kind: 'hygiene',
    note: 'Bilan radiographique',
  },
  {
    patientId: 'DEMO-0102',
    time: '11:00',
    minutes: 20,
    with: 'dentist',
    room: 'Fauteuil 2',
    kind: 'emergency',
    note: 'Douleur en bas à gauche depuis hier',
  },
  {
    patientId: 'DEMO-0004',
    time: '13:00',
    minutes: 45,
    with: 'dentist',
    room: 'Fauteuil 1',
    kind: 'consultation',
    note: 'Présentation du plan',
  },
  {
    patientId: 'DEMO-0008',
    time: '14:00',
    minutes: 60,
    with: 'owner',
    room: 'Fauteuil 2',
    kind: 'images',
    note: 'Photos de progression et panoramique',
  },
  {
    patientId: 'DEMO-0003',
    time: '15:15',
    minutes: 30,
    with: 'dentist',
    room: 'Fauteuil 1',
    kind: 'examination',
    note: '',
  },
]
