import { randomBytes } from 'node:crypto'
import { withTenant, type Audit, type AuditKind, type Database } from '@bitewing/db'
import { instances, series } from '@bitewing/db/schema'
import { and, eq } from 'drizzle-orm'
import { Hono, type Context } from 'hono'
import type { Allow } from '../credentials/allow.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { dicomJsonText } from '../dicom/dicom-json-text.ts'
import { parseMediaTypes } from '../dicom/multipart/media-types.ts'
import { writeMultipart } from '../dicom/multipart/write-multipart.ts'
import { toNativeXml } from '../dicom/to-native-xml.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { publicUrlOf } from '../public-url.ts'
import type { Attributes } from '../study-index/attribute-values.ts'
import {
  findSeries,
  findStudy,
  searchInstances,
  searchSeries,
  type InstanceRow,
  type StudyRow,
} from '../study-index/search.ts'
import { searchStudies } from '../study-index/search-studies.ts'
import { missing } from '../study-index/missing.ts'
import { webStream } from '../web-stream.ts'
import { matchCondition, momentCondition } from './match-condition.ts'
import { parseSearchQuery, type SearchMatch, type SearchQuery } from './parse-search-query.ts'
import { searchAttributes, type SearchLevel } from './search-attributes.ts'
import { instanceResult, seriesResult, studyResult } from './search-result.ts'
import { createKeptAnswers } from './kept-answers.ts'
import { createStudyResults } from './study-results.ts'

type Dependencies = {
  db: Database
  audit: Audit
  allow: Allow
  objectStore: Pick<ObjectStore, 'tiers'>
  publicUrlConfigured: string | undefined
  searchResultsMax: number
  /** instances' metadata that one answer is made of, in bytes */
  searchBytesMax: number
}

const tiersMsMax = 1000

/** QIDO-RS: the Search transaction, DICOM PS3.18 §10.6. Answered from the index; Orthanc is never asked. */
export function qidoRoutes({
  db,
  audit,
  allow,
  objectStore,
  publicUrlConfigured,
  searchResultsMax,
  searchBytesMax,
}: Dependencies) {
  const read = allow('images.read')
  const studyResults = createStudyResults()
  const keptAnswer = createKeptAnswers({ db })
  const urlOf = (c: Context) => `${publicUrlOf(c, publicUrlConfigured)}/dicom-web`
  const queryOf = (c: Context, level: SearchLevel) => {
    formOf(c)
    return parseSearchQuery(new URL(c.req.url).searchParams, level, searchResultsMax)
  }

  /** null where the columns of the index answer it all. */
  const metadataBytesOf = ({ includeFields }: SearchQuery) =>
    includeFields === 'all' || includeFields.size > 0 ? searchBytesMax : null

  /** Whether what is cold has to be recalled. No search waits long for a store that is away: nothing of it is at hand then. */
  async function hasArchive(): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(true), tiersMsMax)
    const told = objectStore.tiers().then(
      ({ cold }) => cold === 'after-recall',
      () => true,
    )
    try {
      return await Promise.race([told, late])
    } finally {
      clearTimeout(timer)
    }
  }
  async function instanceResultOf(c: Context, query: SearchQuery, withStudy: boolean, withSeries: boolean) {
    const archive = await hasArchive()
    const url = urlOf(c)
    return (row: InstanceRow) =>
      instanceResult(row, query.includeFields, url, { withStudy, withSeries, hasArchive: archive })
  }

  /** On record before anything is answered. */
  async function recordSearch(c: Context<AllowedEnv>, kind: AuditKind, study: StudyRow | null) {
    const { access, address } = c.var
    await audit.access({
      tenantId: access.tenantId,
      kind,
      outcome: 'success',
      actor: access.actor,
      sessionId: access.sessionId,
      address,
      studyId: study?.id ?? null,
      patientId: study?.patientId ?? null,
    })
  }

  function answer(c: Context, results: Attributes[], remaining: number): Response {
    if (formOf(c) === 'json') return answerJson(c, `[${results.map(dicomJsonText).join()}]`, remaining)
    searchHeaders(c, remaining)
    return xmlResults(c, results)
  }

  function answerJson(c: Context, results: string | Buffer<ArrayBuffer>, remaining: number): Response {
    searchHeaders(c, remaining)
    c.header('Content-Type', 'application/dicom+json')
    return c.body(results)
  }

  function searchHeaders(c: Context, remaining: number): void {
    if (remaining > 0) {
      c.header('Warning', `299 ${urlOf(c)}: There are ${remaining} additional results that can be requested`)
    }
    c.header('Cache-Control', 'no-store')
  }

  /** The study and series that the path names, or 404: not there and not yours are the same. */
  async function within(c: Context<AllowedEnv>) {
    const { tenantId } = c.var.access
    const scope = { study: c.req.param('study') ?? '', series: c.req.param('series') }
    const found = await withTenant(db, tenantId, async (tx) => {
      const study = await findStudy(tx, scope.study)
      if (!study || scope.series === undefined) return study && { study, series: null }
      const found = await findSeries(tx, study.id, scope.series)
      return found && { study, series: found }
    })
    if (!found) throw await missing(db, tenantId, scope, null)
    return found
  }

  return new Hono<AllowedEnv>()
    .get('/studies', read, async (c) => {
      const query = queryOf(c, 'study')
      await recordSearch(c, 'studies.searched', null)
      const { tenantId } = c.var.access
      const archive = await hasArchive()
      const fields = query.includeFields
      const url = urlOf(c)
      const search = () => searchStudies(db, tenantId, conditions(query), query, archive)
      if (formOf(c) === 'xml') {
        const { rows, remaining } = await search()
        return answer(
          c,
          rows.map((row) => studyResult(row.read(), fields, url)),
          remaining,
        )
      }
      const asked = `${url} ${new URL(c.req.url).search} ${archive}`
      const { json, remaining } = await keptAnswer(tenantId, asked, async () => {
        const { rows, state, ...found } = await search()
        const json = Buffer.from(studyResults(rows, fields, url))
        // what is archived ends to be by the clock alone
        return { ...found, json, state: archive ? null : state }
      })
      return answerJson(c, json, remaining)
    })
    .get('/series', read, async (c) => {
      const query = queryOf(c, 'series')
      await recordSearch(c, 'studies.searched', null)
      const archive = await hasArchive()
      const { rows, remaining } = await withTenant(db, c.var.access.tenantId, (tx) =>
        searchSeries(tx, conditions(query), query, archive),
      )
      return answer(
        c,
        rows.map((row) => seriesResult(row, query.includeFields, urlOf(c), true)),
        remaining,
      )
    })
    .get('/instances', read, async (c) => {
      const query = queryOf(c, 'instance')
      await recordSearch(c, 'studies.searched', null)
      const { rows, remaining } = await withTenant(db, c.var.access.tenantId, (tx) =>
        searchInstances(tx, conditions(query), query, metadataBytesOf(query)),
      )
      return answer(c, rows.map(await instanceResultOf(c, query, true, true)), remaining)
    })
    .get('/studies/:study/series', read, async (c) => {
      const query = queryOf(c, 'series')
      const { study } = await within(c)
      await recordSearch(c, 'study.listed', study)
      const archive = await hasArchive()
      const { rows, remaining } = await withTenant(db, c.var.access.tenantId, (tx) =>
        searchSeries(tx, and(eq(series.studyId, study.id), conditions(query)), query, archive),
      )
      return answer(
        c,
        rows.map((row) => seriesResult(row, query.includeFields, urlOf(c), false)),
        remaining,
      )
    })
    .get('/studies/:study/instances', read, async (c) => {
      const query = queryOf(c, 'instance')
      const { study } = await within(c)
      await recordSearch(c, 'study.listed', study)
      const { rows, remaining } = await withTenant(db, c.var.access.tenantId, (tx) =>
        searchInstances(
          tx,
          and(eq(instances.studyId, study.id), conditions(query)),
          query,
          metadataBytesOf(query),
        ),
      )
      return answer(c, rows.map(await instanceResultOf(c, query, false, true)), remaining)
    })
    .get('/studies/:study/series/:series/instances', read, async (c) => {
      const query = queryOf(c, 'instance')
      const { study, series: one } = await within(c)
      await recordSearch(c, 'study.listed', study)
      const { rows, remaining } = await withTenant(db, c.var.access.tenantId, (tx) =>
        searchInstances(
          tx,
          and(eq(instances.seriesId, one?.id ?? ''), conditions(query)),
          query,
          metadataBytesOf(query),
        ),
      )
      return answer(c, rows.map(await instanceResultOf(c, query, false, false)), remaining)
    })
}

/** Dates with the times that belong to them. */
const moments = [
  ['00080020', '00080030'],
  ['00080021', '00080031'],
  ['00400244', '00400245'],
] as const

function conditions(query: SearchQuery) {
  const combined = new Set<SearchMatch>()
  const together = moments.map(([dateTag, timeTag]) => {
    const [date, time] = [dateTag, timeTag].map((tag) =>
      query.matches.find(({ attribute }) => attribute === searchAttributes[tag]),
    )
    const condition = date && time && momentCondition(date, time)
    if (condition) combined.add(date).add(time)
    return condition
  })
  return and(
    ...together,
    ...query.matches.filter((match) => !combined.has(match)).map((match) => matchCondition(match, query)),
  )
}

const json = ['application/dicom+json', 'application/json', 'application/*', '*/*']

/**
 * DICOM JSON, or XML as parts of multipart/related, whichever is taken first; `accept=` comes before the header.
 *
 * @throws {GatewayError} `not-acceptable`, `invalid-parameter` for wildcards in `accept=`
 */
function formOf(c: Context): 'json' | 'xml' {
  const parameter = parseMediaTypes(c.req.query('accept') ?? '')
  if (parameter.some(({ essence }) => essence.includes('*'))) {
    throw new GatewayError('invalid-parameter', 'accept= takes no wildcards.')
  }
  const header = parseMediaTypes(c.req.header('Accept') ?? '').sort((a, b) => b.q - a.q)
  const types = [...parameter, ...header].filter(({ q }) => q > 0)
  if (types.length === 0) return 'json'
  for (const { essence, parameters } of types) {
    const isMultipart = essence === 'multipart/related' || essence === 'multipart/*'
    const inside = isMultipart ? (parameters.get('type') ?? 'application/dicom+xml').toLowerCase() : essence
    if (json.includes(inside)) return 'json'
    if (isMultipart && inside === 'application/dicom+xml') return 'xml'
  }
  throw new GatewayError(
    'not-acceptable',
    'Search results are application/dicom+json, or multipart/related; type="application/dicom+xml".',
  )
}

/** One part for each result; nothing at all is 204, PS3.18 §10.6.3.1. */
function xmlResults(c: Context, results: readonly Attributes[]): Response {
  if (results.length === 0) return c.body(null, 204)
  const boundary = `bitewing-${randomBytes(12).toString('hex')}`
  const parts = results.map((result) => ({
    contentType: 'application/dicom+xml',
    body: Buffer.from(toNativeXml(result), 'utf8'),
  }))
  const { contentLength, stream } = writeMultipart(parts, { boundary })
  c.header('Content-Type', `multipart/related; type="application/dicom+xml"; boundary=${boundary}`)
  if (contentLength !== null) c.header('Content-Length', String(contentLength))
  return c.body(webStream(stream()))
}
