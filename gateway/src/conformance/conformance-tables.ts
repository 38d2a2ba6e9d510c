import { imageKindOf } from '../dental/image-kind-of.ts'
import { documentTypesOf } from '../renditions/render-document.ts'
import { errorCodes, errorStatus, type ErrorCode } from '../errors.ts'
import { pixelMediaTypes } from '../stow/pixel-transfer-syntax.ts'
import { storageClasses } from './storage-classes.ts'
import { dicomwebResources, templateOf, type Resource } from '../capabilities/resources.ts'
import { explicitVrLittleEndian, transferSyntaxes } from '../dicom/transfer-syntax.ts'
import { readEnvironment, type Environment } from '../environment.ts'
import { compressionTargets } from '../pixels/compress/compression-targets.ts'
import { isDecodable, videoSyntaxes } from '../pixels/decode/decodable.ts'
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
    'status-codes': statuses(),
    'storage-classes': classes(),
    'search-attributes': attributes(),
    'failure-reasons': failures(),
    'pixel-media-types': pixelTypes(),
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

/** When each is answered; successes first, which no error names. */
const successes: readonly (readonly [number, string])[] = [
  [200, 'what was asked for; a search that finds nothing, as JSON; all instances stored'],
  [202, 'some instances stored, some not (Store)'],
  [204, 'deleted; a search that finds nothing, as XML'],
  [206, 'a range'],
  [304, 'what the client holds is current'],
]
const refusals: Record<ErrorCode, string> = {
  'invalid-parameter':
    'a parameter out of its range, a match that cannot be searched by, media types that do not mix',
  'malformed-body': 'a body that is not what its Content-Type says, or ends early',
  'credential-missing': 'nobody asks',
  'credential-invalid': 'a token or cookie that opens nothing',
  forbidden: 'the credential may not do this',
  'wrong-origin': 'an origin that is not listed; a change by cookie from another site',
  'not-found': 'absent, or not of this practice',
  'no-pixel-data': 'an instance without frames is asked for some',
  'method-not-allowed': 'with Allow',
  'not-acceptable':
    'no accepted media type or transfer syntax can be made of it; the reason is in the answer',
  conflict: 'no instance stored: each has its reason (Store)',
  gone: 'deleted by this practice; a position of the feed of changes that is no longer kept',
  'body-too-large': 'a request beyond its limit',
  'asks-too-much': 'an answer beyond its limit',
  'unsupported-media-type': 'a body that cannot be stored in this form',
  'range-not-satisfiable': 'a range behind the end',
  'too-many-requests': 'with Retry-After',
  'archive-away': 'with Retry-After; nothing is half-stored',
  'database-away': 'with Retry-After',
  'object-store-away': 'with Retry-After',
  'key-service-away': 'the service that holds the master key; with Retry-After',
  'original-archived':
    'an original is being fetched from the archive of the object store; with Retry-After, and `begunAt`, `readyBy` and how many are `remaining` in the body',
  'frame-timed-out':
    'decoding a frame took too long, maybe for want of a processor; with Retry-After. Where it does so again: 406',
  'storage-full': 'with Retry-After',
  'viewer-missing': 'with Retry-After',
}

function statuses(): string {
  return table(
    ['status', 'code of the problem', 'when'],
    [
      ...successes.map(([status, when]) => [String(status), '', when]),
      ...errorCodes.map((error) => [String(errorStatus(error)), code(error), refusals[error]]),
    ],
  )
}

/** What is made of a class beside keeping it: what a page shows it as, and what documents it is rendered to. */
function classes(): string {
  const rows = [...storageClasses].map(([sopClassUid, name]) => {
    const kind = imageKindOf({ '00080016': { vr: 'UI', Value: [sopClassUid] } })
    const documents = documentTypesOf({ sopClassUid })
    return [
      code(sopClassUid),
      name.replace(/ Storage(?= - |$)/, ''),
      kind === 'other' ? '' : kind,
      documents.map(code).join(', '),
    ]
  })
  return table(['SOP class', 'name', 'shown as', 'rendered as'], rows)
}

function pixelTypes(): string {
  const rows = Object.entries(pixelMediaTypes).map(([type, uid]) => [
    code(type),
    code(uid),
    transferSyntaxes.get(uid)?.name ?? '',
  ])
  return table(['media type of the pixel data', 'kept as, where none is named', ''], rows)
}

function syntaxes(): string {
  const rows = [...transferSyntaxes].map(([uid, { name }]) => {
    const { transferSyntax, mediaType } = storedForm(uid)
    return [
      code(uid),
      name,
      transferSyntax === uid ? 'as stored' : 'rewritten',
      isUncompressed(uid) ? code('application/octet-stream') : code(mediaType),
      isDecodable(uid) ? 'yes' : videoSyntaxes.test(uid) ? 'first picture' : '–',
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
