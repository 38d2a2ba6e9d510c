import type { ModelUnit, PatientModel } from '@bitewing/db'
import { archOf, type Arch } from '@bitewing/models'
import { parseDataSet } from '#lib/viewer/data-set.ts'
import { items, values } from '#lib/viewer/image-attributes.ts'

/** A digital model as the page has it. */
export type ViewedModel = Omit<PatientModel, 'metadata' | 'sopClassUid'> & {
  /** null: a kind that is not shown here, such as a surface segmentation */
  format: 'stl' | 'obj' | null
  /** null: it does not say */
  arch: Arch | null
  title: string
  /** what the file says its unit is (0040,08EA); null when it does not */
  unit: ModelUnit | null
  /** models of one frame of reference stand to each other as they were scanned (0020,0052) */
  frameOfReferenceUid: string
  /** the bytes of a very small model in base64, which has no bulk data of its own (PS3.18 §F.2.7); null else */
  inline: string | null
}

const formats: Readonly<Record<string, 'stl' | 'obj'>> = {
  '1.2.840.10008.5.1.4.1.1.104.3': 'stl',
  '1.2.840.10008.5.1.4.1.1.104.4': 'obj',
}
const materials = '1.2.840.10008.5.1.4.1.1.104.5'

/** Models with what the page needs of their metadata, in which nothing is trusted; materials alone are no model. */
export function viewedModels(models: readonly PatientModel[]): ViewedModel[] {
  return models
    .filter(({ sopClassUid }) => sopClassUid !== materials)
    .map(({ metadata, sopClassUid, ...model }) => {
      const dataSet = parseDataSet(metadata)
      const text = (tag: string) => firstText(dataSet, tag)
      const title = text('00420010')
      const regions = items(dataSet, '00082218').map((item) => firstText(item, '00080100'))
      const unit = firstText(items(dataSet, '004008EA')[0] ?? {}, '00080100')
      return {
        ...model,
        format: formats[sopClassUid] ?? null,
        title,
        arch: archOf(regions, [title, model.seriesDescription, text('00204000')].join(' ')),
        unit: units.get(unit) ?? null,
        frameOfReferenceUid: text('00200052'),
        inline: inlineOf(dataSet['00420011']),
      }
    })
}

function inlineOf(attribute: unknown): string | null {
  if (typeof attribute !== 'object' || attribute === null || !('InlineBinary' in attribute)) return null
  return typeof attribute.InlineBinary === 'string' ? attribute.InlineBinary : null
}

function firstText(dataSet: Parameters<typeof values>[0], tag: string): string {
  const [value] = values(dataSet, tag)
  return typeof value === 'string' ? value : ''
}

/** UCUM, as CID 7063 has it, and the inch of scanners that write it. */
const units: ReadonlyMap<string, ModelUnit> = new Map([
  ['mm', 'mm'],
  ['cm', 'cm'],
  ['m', 'm'],
  ['[in_i]', 'in'],
])
