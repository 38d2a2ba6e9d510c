import { items, personName, text, type Attributes } from '../study-index/attribute-values.ts'

/** A structured report as nested lines: what a reader needs, in the order of the report. */
export type ReportLine = { name: string; value: string; children: ReportLine[] }

const depthMax = 64

/** What stands above a report: whose it is and what it is, as label and value. */
export function reportHeading(attributes: Attributes): { title: string; facts: [string, string][] } {
  const facts: [string, string][] = [
    [
      'Patient',
      personName(attributes, '00100010')
        .replace(/[\^=]+/g, ' ')
        .trim(),
    ],
    ['Patient ID', text(attributes, '00100020')],
    ['Birth date', text(attributes, '00100030')],
    ['Study date', text(attributes, '00080020')],
    ['Accession number', text(attributes, '00080050')],
    ['Completion', text(attributes, '0040A491')],
    ['Verification', text(attributes, '0040A493')],
  ]
  return {
    title: conceptName(attributes) || text(attributes, '0008103E') || 'Structured report',
    facts: facts.filter(([, value]) => value !== ''),
  }
}

/**
 * The content tree of a structured report, PS3.3 §C.17.3.
 *
 * @param depth items nested deeper than 64 are left out
 */
export function reportLines(attributes: Attributes, depth = 0): ReportLine[] {
  if (depth > depthMax) return []
  return items(attributes, '0040A730').map((item) => ({
    name: conceptName(item),
    value: valueOf(item),
    children: reportLines(item, depth + 1),
  }))
}

function conceptName(item: Attributes): string {
  return codeText(items(item, '0040A043')[0])
}

function codeText(code: Attributes | undefined): string {
  return code ? text(code, '00080104') || text(code, '00080100') : ''
}

function valueOf(item: Attributes): string {
  switch (text(item, '0040A040')) {
    case 'TEXT':
      return text(item, '0040A160')
    case 'CODE':
      return codeText(items(item, '0040A168')[0])
    case 'NUM': {
      const [measured] = items(item, '0040A300')
      if (!measured) return codeText(items(item, '0040A301')[0])
      const [unit] = items(measured, '004008EA')
      return `${text(measured, '0040A30A')} ${unit ? text(unit, '00080100') : ''}`.trim()
    }
    case 'DATE':
      return text(item, '0040A121')
    case 'TIME':
      return text(item, '0040A122')
    case 'DATETIME':
      return text(item, '0040A120')
    case 'PNAME':
      return personName(item, '0040A123')
        .replace(/[\^=]+/g, ' ')
        .trim()
    case 'UIDREF':
      return text(item, '0040A124')
    case 'IMAGE':
    case 'COMPOSITE':
    case 'WAVEFORM':
      return items(item, '00081199')
        .map((reference) => text(reference, '00081155'))
        .join(', ')
    case 'SCOORD':
    case 'SCOORD3D':
      return text(item, '00700023')
    default:
      return ''
  }
}
