import { dicomwebResources, templateOf, type Resource } from '../capabilities/resources.ts'
import { explicitVrLittleEndian, transferSyntaxes } from '../dicom/transfer-syntax.ts'
import { readEnvironment, type Environment } from '../environment.ts'
import { compressionTargets } from '../pixels/compress/compression-targets.ts'
import { isDecodable } from '../pixels/decode/decodable.ts'
import {
  searchAttributes,
  type Matching,
  type SearchAttribute,
  type SearchLevel,
} from '../qido/search-attributes.ts'
import { failureMeanings, failureReasons, type FailureReason } from '../stow/failure-reasons.ts'
import { isUncompressed, storedForm } from '../wado/stored-media-type.ts'

/**
 * The tables of the conformance statement as Markdown, made of the tables that the code itself works by. They stand in
 * docs/dicom-conformance.md between comments with their names; a test fails when they say something else.
 */
export function conformanceTables(): Record<string, string> {
  return {
    resources: resources(),
    'search-attributes': attributes(),
    'failure-reasons': failures(),
    'transfer-syntaxes': syntaxes(),
    limits: limits(),
  }
}

/** Puts the tables in their places. @throws when a table has no place, or a place no table */
export function fillConformance(document: string): string {
  const tables = new Map(Object.entries(conformanceTables()))
  const filled = document.replace(/<!-- table: ([a-z-]+) -->[^]*?<!-- \/table -->/g, (_, name: string) => {
    const table = tables.get(name)
    if (table === undefined) throw new Error(`There is no table "${name}".`)
    tables.delete(name)
    return `<!-- table: ${name} -->\n\n${table}\n\n<!-- /table -->`
  })
  if (tables.size > 0) throw new Error(`The document has no place for ${[...tables.keys()].join(', ')}.`)
  return filled
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const code = (text: string) => `\`${text}\``

function resources(): string {
  const rows = dicomwebResources.map((one: Resource) => [
    `${one.method} ${code(templateOf(one))}`,
    one.clause === null ? '_extension_' : `${one.transaction}, §${one.clause}`,
    [
      ...(one.consumes ? [`takes ${one.consumes.map(code).join(', ')}`] : []),
      one.produces.map(code).join(', '),
    ]
      .filter(Boolean)
      .join('; gives '),
  ])
  return table(['resource', 'transaction', 'media types, the default first'], rows)
}

const matchings: Record<Matching, string> = {
  uid: 'one, or a list',
  text: 'single value, wildcards; case folded',
  code: 'single value, wildcards',
  name: 'single value, wildcards, fuzzy; case and diacritics folded',
  date: 'single value, range',
  time: 'single value, range',
  number: 'single value',
  list: 'one of the values, wildcards',
  item: 'single value, wildcards, in any item; case folded',
}
const levels: readonly SearchLevel[] = ['study', 'series', 'instance']

function attributes(): string {
  const all: [string, SearchAttribute][] = Object.entries(searchAttributes)
  const rows = levels.flatMap((level) =>
    all
      .filter(([, attribute]) => attribute.level === level)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([tag, { keyword, matching }]) => [
        level,
        tag.replace(/([0-9A-F]{4})([0-9A-F]{4})/g, '($1,$2)').replace('.', ' > '),
        keyword.replace('.', ' > '),
        matchings[matching],
      ]),
  )
  return table(['level', 'tag', 'attribute', 'matching'], rows)
}

function failures(): string {
  const rows = (Object.keys(failureReasons) as FailureReason[]).map((reason) => [
    `0x${failureReasons[reason].toString(16).toUpperCase().padStart(4, '0')}`,
    failureMeanings[reason],
  ])
  return table(['failure reason', 'meaning'], rows)
}

/** Whether images in other transfer syntaxes are brought into this one. */
function madeOf(uid: string): string {
  const target = compressionTargets.get(uid)
  if (target) return target.lossy ? 'lossy' : 'lossless'
  return uid === explicitVrLittleEndian ? 'yes' : '–'
}

function syntaxes(): string {
  const rows = [...transferSyntaxes].map(([uid, { name }]) => {
    const { transferSyntax, mediaType } = storedForm(uid)
    return [
      code(uid),
      name,
      transferSyntax === uid ? 'as stored' : 'rewritten',
      isUncompressed(uid) ? code('application/octet-stream') : code(mediaType),
      isDecodable(uid) ? 'yes' : '–',
      madeOf(uid),
    ]
  })
  const head = [
    'transfer syntax',
    'name',
    'data leaves',
    'media type of its frames',
    'decoded',
    'made of others',
  ]
  return table(head, rows)
}

const limitVariables = [
  'STOW_BODY_BYTES_MAX',
  'STOW_INSTANCE_BYTES_MAX',
  'STOW_PARTS_MAX',
  'FRAMES_PER_REQUEST_MAX',
  'FRAME_BYTES_MAX',
  'SEARCH_RESULTS_MAX',
  'SEARCH_BYTES_MAX',
  'QUERY_TIMEOUT_MS',
  'REQUESTS_PER_CREDENTIAL_MAX',
  'DELETION_GRACE_DAYS',
] as const satisfies (keyof Environment)[]
const limitMeanings: Record<(typeof limitVariables)[number], string> = {
  STOW_BODY_BYTES_MAX: 'bytes of one store request; 413',
  STOW_INSTANCE_BYTES_MAX: 'bytes of one instance; 413',
  STOW_PARTS_MAX: 'parts of one store request; 413',
  FRAMES_PER_REQUEST_MAX: 'frames in one list; 413',
  FRAME_BYTES_MAX: 'bytes of one decoded frame; 406',
  SEARCH_RESULTS_MAX: 'results of one page; a larger `limit` is cut to it',
  SEARCH_BYTES_MAX: 'bytes of attributes read for one page; the page ends there, with a Warning',
  QUERY_TIMEOUT_MS: 'milliseconds that a search may take; 413',
  REQUESTS_PER_CREDENTIAL_MAX: 'requests at once of one token, user or share; 429',
  DELETION_GRACE_DAYS: 'days in which what was deleted can be restored',
}

function limits(): string {
  // what is not named has its default
  const defaults = readEnvironment({
    DATABASE_URL: 'postgres://localhost/x',
    ORTHANC_URL: 'http://localhost',
    STORAGE_URL: 'file:///x',
    MASTER_KEY: Buffer.alloc(32).toString('base64'),
    SPOOL_DIR: '/x',
  })
  const rows = limitVariables.map((name) => [
    limitMeanings[name],
    defaults[name].toLocaleString('en'),
    code(name),
  ])
  return table(['limit', 'default', 'variable'], rows)
}
