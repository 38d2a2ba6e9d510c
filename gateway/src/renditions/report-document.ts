import type { Attributes } from '../study-index/attribute-values.ts'
import { reportHeading, reportLines, type ReportLine } from './report-text.ts'

/** A structured report as a page of text without script or style. Everything that came from the file is escaped. */
export function reportHtml(attributes: Attributes): string {
  const { title, facts } = reportHeading(attributes)
  const rows = facts.map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`).join('\n')
  return `<!doctype html>
<html>
<head><meta charset="utf-8"><title>${escape(title)}</title></head>
<body>
<h1>${escape(title)}</h1>
<dl>
${rows}
</dl>
${listOf(reportLines(attributes))}
</body>
</html>
`
}

/** The same as lines of text, indented by two spaces a level. */
export function reportPlainText(attributes: Attributes): string {
  const { title, facts } = reportHeading(attributes)
  return [
    title,
    '',
    ...facts.map(([label, value]) => `${label}: ${value}`),
    '',
    ...reportLines(attributes).flatMap((line) => plainLines(line, '')),
    '',
  ].join('\n')
}

function listOf(lines: readonly ReportLine[]): string {
  if (lines.length === 0) return ''
  const entries = lines.map(({ name, value, children }) => {
    const head =
      name && value ? `<b>${escape(name)}</b>: ${escape(value)}` : `<b>${escape(name || value)}</b>`
    return `<li>${head}${listOf(children)}</li>`
  })
  return `<ul>\n${entries.join('\n')}\n</ul>`
}

function plainLines({ name, value, children }: ReportLine, indent: string): string[] {
  const [first = '', ...more] = value.split(/\r\n|\r|\n/)
  return [
    indent + [name, first].filter(Boolean).join(': '),
    ...more.map((line) => `${indent}  ${line}`),
    ...children.flatMap((child) => plainLines(child, `${indent}  `)),
  ]
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(value: string): string {
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? '').replace(/\r\n|\r|\n/g, '<br>')
}
