import { createHash } from 'node:crypto'
import { withTenant, type Audit, type AuditKind, type Database, type OpenAccess } from '@bitewing/db'
import { Hono, type Context } from 'hono'
import { compress } from 'hono/compress'
import type { Archive } from '../archive/archive.ts'
import type { Allow } from '../credentials/allow.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { Pixels } from '../pixels/pixels.ts'
import { findFiles, findInstance, type HeldInstance } from '../study-index/find-instance.ts'
import { readIndexes } from '../study-index/instance-indexes.ts'
import { findMetadataKeys, readMetadata, type MetadataKey } from '../study-index/instance-metadata.ts'
import { missing } from '../study-index/missing.ts'
import { acceptables, mixesDicomAndRendered, type Acceptable } from './accept.ts'
import { isCurrent } from '../conditional.ts'
import { etagOf } from './etag-of.ts'
import { dicomwebUrl } from './dicomweb-url.ts'
import { multipartResponse, payloadHeaders } from './multipart-response.ts'
import { retrieveBulkData } from './retrieve-bulk-data.ts'
import { retrieveBulkValue } from './retrieve-bulk-value.ts'
import { metadataXml, metadataXmlParts, type WithMetadata } from './metadata-xml.ts'
import { frameNumbers, retrieveFrames } from './retrieve-frames.ts'
import { retrieveInstances } from './retrieve-instances.ts'
import { retrievedOne, type Retrieved } from './retrieved.ts'
import {
  assembleMetadata,
  findSeriesMetadata,
  plain,
  retrieveSeriesMetadata,
  streamMetadata,
} from './retrieve-metadata.ts'
import { webStream } from '../web-stream.ts'

export type WadoDependencies = {
  db: Database
  audit: Audit
  allow: Allow
  archive: Archive
  objectStore: ObjectStore
  pixels: Pixels
  frameBytesMax: number
  publicUrlConfigured: string | undefined
  framesPerRequestMax: number
}

const study = '/studies/:study'
const series = `${study}/series/:series`
const instance = `${series}/instances/:instance`

/** WADO-RS: the Retrieve transactions, DICOM PS3.18 §10.4. */
export function wadoRoutes(dependencies: WadoDependencies) {
  const { db, allow, publicUrlConfigured } = dependencies
  const read = allow('images.read')
  const app = new Hono<AllowedEnv>()

  for (const path of [study, series, instance]) {
    app.get(path, read, async (c) => {
      const accepted = accept(c)
      const retrieved = await mustFindFiles(c, db)
      if (wantsBulkData(accepted)) {
        const access = await record(c, dependencies, 'images.retrieved', retrieved.files)
        const root = dicomwebUrl(c, publicUrlConfigured)
        return retrieveBulkData(c, dependencies, retrieved, 'all', accepted, root, access)
      }
      const access = await record(c, dependencies, 'images.retrieved', retrieved.files)
      return retrieveInstances(c, dependencies, retrieved, accepted, path === instance, access)
    })
  }

  for (const path of [study, series, instance]) {
    for (const [name, which] of [
      ['bulkdata', 'all'],
      ['pixeldata', 'pixels'],
    ] as const) {
      app.get(`${path}/${name}`, read, async (c) => {
        const accepted = accept(c)
        const retrieved = await mustFindFiles(c, db)
        const access = await record(c, dependencies, 'images.retrieved', retrieved.files)
        const root = dicomwebUrl(c, publicUrlConfigured)
        return retrieveBulkData(c, dependencies, retrieved, which, accepted, root, access)
      })
    }
  }

  return app
    .get(`${study}/metadata`, read, compress({ threshold: 1024 }), async (c) => {
      const form = metadataForm(accept(c))
      const keys = await mustFindKeys(c, db)
      await record(c, dependencies, 'metadata.retrieved', keys)
      const root = dicomwebUrl(c, publicUrlConfigured)
      const read = readMetadata(db, c.var.access.tenantId, keys)
      if (form !== 'json') return xmlMetadata(c, keys, read, form, root)
      metadataHeaders(c)
      if (isCurrent(c, etagOf(keys, `json ${root}`))) return c.body(null, 304)
      return c.body(webStream(streamMetadata(read, root)))
    })
    .get(`${instance}/metadata`, read, compress({ threshold: 1024 }), async (c) => {
      const form = metadataForm(accept(c))
      const held = await mustFind(c, db)
      await record(c, dependencies, 'metadata.retrieved', [held])
      const root = dicomwebUrl(c, publicUrlConfigured)
      if (form !== 'json') return xmlMetadata(c, [held], [held], form, root)
      const metadata = assembleMetadata([held], root)
      metadataHeaders(c)
      if (isCurrent(c, `"m-${createHash('sha256').update(metadata).digest('base64url').slice(0, 22)}"`))
        return c.body(null, 304)
      return c.body(metadata)
    })
    .get(`${series}/metadata`, read, compress({ threshold: 1024 }), async (c) => {
      const form = metadataForm(accept(c))
      if (form !== 'json') {
        const keys = await mustFindKeys(c, db)
        await record(c, dependencies, 'metadata.retrieved', keys)
        const read = readMetadata(db, c.var.access.tenantId, keys)
        return xmlMetadata(c, keys, read, form, dicomwebUrl(c, publicUrlConfigured))
      }
      const { tenantId, onlyStudyId } = c.var.access
      const scope = { study: c.req.param('study'), series: c.req.param('series') }
      const root = dicomwebUrl(c, publicUrlConfigured)
      const found = await findSeriesMetadata(db, tenantId, scope, onlyStudyId, root)
      if (!found) throw await missing(db, tenantId, scope, onlyStudyId)
      await record(c, dependencies, 'metadata.retrieved', [found])
      const { gzip, etag } = await retrieveSeriesMetadata(db, tenantId, scope, onlyStudyId, root, found)
      metadataHeaders(c)
      const gzipped = /\bgzip\b/.test(c.req.header('Accept-Encoding') ?? '')
      // a strong ETag names bytes, and these differ (RFC 9110 §8.8.3)
      if (isCurrent(c, gzipped ? etag.replace(/"$/, '-gz"') : etag)) return c.body(null, 304)
      if (gzipped) {
        c.header('Content-Encoding', 'gzip')
        return c.body(new Uint8Array(gzip))
      }
      return c.body(new Uint8Array(await plain(gzip)))
    })
    .get(`${instance}/frames/:frames`, read, async (c) => {
      const accepted = accept(c)
      const numbers = frameNumbers(c.req.param('frames'), dependencies.framesPerRequestMax)
      const held = await mustFind(c, db)
      const access = await record(c, dependencies, 'images.retrieved', [held])
      return retrieveFrames(c, dependencies, held, numbers, accepted, access)
    })
    .get(`${instance}/bulkdata/:path{.+}`, read, async (c) => {
      const accepted = accept(c)
      const path = c.req.param('path')
      const held = await mustFind(c, db)
      const access = await record(c, dependencies, 'images.retrieved', [held])
      const root = dicomwebUrl(c, publicUrlConfigured)
      return retrieveBulkValue(c, dependencies, held, path, accepted, root, access)
    })
}

function metadataHeaders(c: Context): void {
  payloadHeaders(c)
  c.header('Content-Type', 'application/dicom+json')
  c.header('Vary', 'Accept-Encoding, Accept')
}

function accept(c: Context): Acceptable[] {
  const accepted = acceptables(c.req.header('Accept'), c.req.query('accept'))
  if (mixesDicomAndRendered(accepted)) {
    throw new GatewayError('invalid-parameter', 'Accept mixes DICOM and rendered media types.')
  }
  return accepted
}

/**
 * Instances asked for as `multipart/related; type="application/octet-stream"` are their bulk data, PS3.18 §10.4.4
 * Note 2; here where that comes before any form of the instances themselves.
 */
function wantsBulkData(accepted: readonly Acceptable[]): boolean {
  const first = accepted.find(({ type }) =>
    ['application/octet-stream', 'application/dicom', 'application/zip', 'application/*', '*/*'].includes(
      type,
    ),
  )
  return first?.type === 'application/octet-stream' && first.multipart
}

/** The one instance the path names, the practice's (and of the share's study), or 404. */
async function mustFind(c: Context<AllowedEnv>, db: Database): Promise<HeldInstance> {
  const { tenantId, onlyStudyId } = c.var.access
  const {
    study = '',
    series = '',
    instance = '',
  } = c.req.param() as { study?: string; series?: string; instance?: string }
  const one = await findInstance(db, tenantId, { study, series, instance }, onlyStudyId)
  if (!one) throw await missing(db, tenantId, { study, series, instance }, onlyStudyId)
  return one
}

/** What the path names, all of it the practice's (and of the share's study), or 404; what is large of it as it is needed. */
async function mustFindFiles(c: Context<AllowedEnv>, db: Database): Promise<Retrieved> {
  const { tenantId, onlyStudyId } = c.var.access
  const {
    study = '',
    series,
    instance,
  } = c.req.param() as { study?: string; series?: string; instance?: string }
  if (instance !== undefined) return retrievedOne(await mustFind(c, db))
  const files = await withTenant(db, tenantId, (tx) => findFiles(tx, { study, series }, onlyStudyId))
  if (files.length === 0) throw await missing(db, tenantId, { study, series }, onlyStudyId)
  return {
    files,
    metadata: (some) => readMetadata(db, tenantId, some),
    indexed: () => readIndexes(db, tenantId, files),
    async whole({ studyInstanceUid, seriesInstanceUid, sopInstanceUid }) {
      const names = { study: studyInstanceUid, series: seriesInstanceUid, instance: sopInstanceUid }
      const one = await findInstance(db, tenantId, names, onlyStudyId)
      if (!one) throw new Error('an instance was deleted while it was sent')
      return one
    },
  }
}

/** As `mustFindFiles`, of a study or series and without what would not fit into memory of a large one. */
async function mustFindKeys(c: Context<AllowedEnv>, db: Database): Promise<MetadataKey[]> {
  const { tenantId, onlyStudyId } = c.var.access
  const { study = '', series } = c.req.param() as { study?: string; series?: string }
  const keys = await withTenant(db, tenantId, (tx) => findMetadataKeys(tx, { study, series }, onlyStudyId))
  if (keys.length === 0) throw await missing(db, tenantId, { study, series }, onlyStudyId)
  return keys
}

/** On record before the first byte leaves. */
function record(
  c: Context<AllowedEnv>,
  { audit }: WadoDependencies,
  kind: AuditKind,
  held: readonly { studyId: string; patientId: string | null }[],
): Promise<OpenAccess> {
  const { access, address } = c.var
  return audit.access({
    tenantId: access.tenantId,
    kind,
    outcome: 'success',
    actor: access.actor,
    sessionId: access.sessionId,
    address,
    studyId: held[0]?.studyId ?? null,
    patientId: held[0]?.patientId ?? null,
  })
}

/**
 * The first form of metadata that is taken: DICOM JSON, or XML in parts (alone for a single instance).
 *
 * @throws {GatewayError} `not-acceptable`
 */
function metadataForm(accepted: readonly Acceptable[]): 'json' | 'xml-parts' | 'xml' {
  for (const { type, multipart } of accepted) {
    if (['application/dicom+json', 'application/json', 'application/*', '*/*'].includes(type)) return 'json'
    if (type === 'application/dicom+xml') return multipart ? 'xml-parts' : 'xml'
  }
  throw new GatewayError('not-acceptable', 'Metadata is application/dicom+json or application/dicom+xml.')
}

/** @param read the instances of `keys` with their metadata */
async function xmlMetadata(
  c: Context,
  keys: readonly Pick<HeldInstance, 'sopInstanceUid' | 'fileSha256'>[],
  read: Iterable<WithMetadata> | AsyncIterable<WithMetadata>,
  form: 'xml-parts' | 'xml',
  root: string,
): Promise<Response> {
  payloadHeaders(c)
  if (isCurrent(c, etagOf(keys, `${form} ${root}`))) return c.body(null, 304)
  if (form === 'xml-parts') return multipartResponse(c, 'application/dicom+xml', metadataXmlParts(read, root))
  if (keys.length !== 1) {
    throw new GatewayError('not-acceptable', 'Several instances are parts of multipart/related.')
  }
  c.header('Content-Type', 'application/dicom+xml')
  for await (const one of read) return c.body(metadataXml(one, root))
  throw nothingThere()
}

function nothingThere(): GatewayError {
  return new GatewayError('not-found', 'There is no such study, series or instance.', { isDenial: true })
}
