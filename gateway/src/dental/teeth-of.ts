import { fdiOfToothCode } from '@bitewing/db'
import { items, text, type Attributes } from '../study-index/attribute-values.ts'

/** FDI numbers of the teeth a picture is coded with: one item per tooth in Primary Anatomic Structure Sequence (0008,2228). */
export function teethOf(attributes: Attributes): string[] {
  const coded = items(attributes, '00082228').map((item) =>
    fdiOfToothCode(text(item, '00080100') || text(item, '00080119') || text(item, '00080120')),
  )
  return [...new Set(coded.filter((fdi) => fdi !== null))].sort()
}
