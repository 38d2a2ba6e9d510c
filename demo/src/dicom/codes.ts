import type { DataSet } from './write-part10.ts'

/** A coded entry of a code sequence (PS3.3 §8.8), SNOMED CT unless said otherwise. */
export function code(value: string, meaning: string, scheme = 'SCT'): DataSet {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning }
}

export const sopClass = {
  digitalXRayForPresentation: '1.2.840.10008.5.1.4.1.1.1.1',
  intraOralForPresentation: '1.2.840.10008.5.1.4.1.1.1.3',
  comprehensiveSr: '1.2.840.10008.5.1.4.1.1.88.33',
  ct: '1.2.840.10008.5.1.4.1.1.2',
  encapsulatedStl: '1.2.840.10008.5.1.4.1.1.104.3',
  vlPhotographic: '1.2.840.10008.5.1.4.1.1.77.1.4',
} as const
