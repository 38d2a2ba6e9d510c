import { isDeciduous, type Fdi } from './teeth.ts'

/**
 * What is found on a tooth, in the order in which it is offered. There is no code table of dental findings that may be
 * shipped everywhere; teeth themselves leave as coded concepts (DICOM CID 4018, 4019).
 */
export const findingKinds = [
  'caries',
  'restoration',
  'crown',
  'root-canal',
  'missing',
  'implant',
  'impacted',
  'fracture',
  'periapical',
  'mobility',
  'sealant',
  'note',
] as const
export type FindingKind = (typeof findingKinds)[number]

/** Why a finding holds no longer: treated, gone by itself, or recorded by mistake. */
export const findingEnds = ['treated', 'resolved', 'mistake'] as const
export type FindingEnd = (typeof findingEnds)[number]

/** On what it lies: `surfaces` asks for one at least, `either` may name some. */
const sites = {
  caries: 'surfaces',
  restoration: 'surfaces',
  crown: 'tooth',
  'root-canal': 'tooth',
  missing: 'tooth',
  implant: 'tooth',
  impacted: 'tooth',
  fracture: 'either',
  periapical: 'tooth',
  mobility: 'tooth',
  sealant: 'surfaces',
  note: 'tooth',
} as const satisfies Record<FindingKind, 'surfaces' | 'tooth' | 'either'>

/** What can be said of it beyond where it is: a depth, a material, a grade (Miller, 1 to 3). */
const details = {
  caries: ['enamel', 'dentine', 'pulp'],
  restoration: ['composite', 'amalgam', 'glass-ionomer', 'ceramic', 'gold', 'temporary'],
  crown: ['ceramic', 'metal-ceramic', 'metal', 'temporary'],
  'root-canal': [],
  missing: ['extracted', 'never-formed'],
  implant: [],
  impacted: ['partly', 'fully'],
  fracture: ['enamel', 'dentine', 'pulp', 'root'],
  periapical: [],
  mobility: ['1', '2', '3'],
  sealant: [],
  note: [],
} as const satisfies Record<FindingKind, readonly string[]>

export type FindingDetail = (typeof details)[FindingKind][number]

export function findingSite(kind: FindingKind): 'surfaces' | 'tooth' | 'either' {
  return sites[kind]
}

export function findingDetails(kind: FindingKind): readonly FindingDetail[] {
  return details[kind]
}

/** Whether it calls for treatment, or is there already: pathology is red on a chart, what stands is blue. */
export function isPathology(kind: FindingKind): boolean {
  return ['caries', 'impacted', 'fracture', 'periapical', 'mobility'].includes(kind)
}

/** Whether it can be on this tooth: no implant takes the place of a deciduous one. */
export function canHave(tooth: Fdi, kind: FindingKind): boolean {
  return kind !== 'implant' || !isDeciduous(tooth)
}

/** Longest note on a finding, in characters. */
export const findingNoteMax = 1000
