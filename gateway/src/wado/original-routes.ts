import { withTenant } from '@bitewing/db'
import { Hono } from 'hono'
import { answerRange, isCurrent } from '../conditional.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { readOriginal } from '../originals/read-original.ts'
import { findInstances } from '../study-index/find-instance.ts'
import { missing } from '../study-index/missing.ts'
import { webStream } from '../web-stream.ts'
import { payloadHeaders } from './multipart-response.ts'
import type { WadoDependencies } from './wado-routes.ts'

/**
 * The file of an instance exactly as it was received (by C-STORE: as Orthanc wrote it), whatever its transfer syntax
 * and without a later correction: `GET /studies/…/series/…/instances/…/original` (extension). The Retrieve
 * transaction may not send Implicit VR and Big Endian (PS3.18 §8.7.3); this may.
 */
export function originalRoutes(dependencies: WadoDependencies) {
  const { db, audit, allow } = dependencies
  return new Hono<AllowedEnv>().get(
    '/studies/:study/series/:series/instances/:instance/original',
    allow('images.read'),
    async (c) => {
      const { tenantId, actor, sessionId, onlyStudyId } = c.var.access
      const scope = c.req.param()
      const [held] = await withTenant(db, tenantId, (tx) => findInstances(tx, scope, onlyStudyId))
      if (!held) throw await missing(db, tenantId, scope, onlyStudyId)
      const access = await audit.access({
        tenantId,
        kind: 'images.retrieved',
        outcome: 'success',
        actor,
        sessionId,
        address: c.var.address,
        studyId: held.studyId,
        patientId: held.patientId,
      })

      const etag = `"${held.fileSha256.toString('hex').slice(0, 32)}-original"`
      payloadHeaders(c)
      if (isCurrent(c, etag)) return c.body(null, 304)
      const range = answerRange(c, held.fileBytes, etag)
      const part = await readOriginal(dependencies, tenantId, held, range ?? undefined)
      if (!part) throw new Error('an original is in neither of its places')
      access.count({ instances: 1, bytes: part.bytes })
      c.header('Content-Type', `application/dicom; transfer-syntax=${held.transferSyntaxUid}`)
      c.header('Content-Disposition', `attachment; filename="${held.sopInstanceUid}.dcm"`)
      c.header('Content-Length', String(part.bytes))
      return c.body(webStream(part.stream), range ? 206 : 200)
    },
  )
}
