import { randomUUID } from 'node:crypto'
import { noteReturn, type Database } from '@bitewing/db'
import type { PgBoss } from 'pg-boss'
import type { Archive } from '../archive/archive.ts'
import { beginsAsZip } from '../archive/begins-as-zip.ts'
import { orthancIdOf } from '../archive/orthanc-id.ts'
import { textOf } from '../dicom/attribute.ts'
import { dataSetDigest } from '../dicom/data-set-digest.ts'
import { DicomError } from '../dicom/dicom-error.ts'
import { toDicomJson } from '../dicom/dicom-json.ts'
import { frameIndex } from '../dicom/frame-index.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import type { Access } from '../gateway-env.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { digestOfOriginal, isSameContent } from '../originals/is-same-content.ts'
import { keepArrival } from '../originals/keep-arrival.ts'
import type { OriginalPlace } from '../originals/read-original.ts'
import type { HeldContent } from '../study-index/arrived-instance.ts'
import { findHeld } from '../study-index/find-held.ts'
import { fileTogether } from '../study-index/file-together.ts'
import { createTurns } from './create-turns.ts'
import { failureReasonOf } from './failure-reasons.ts'
import type { ReceivedFile } from '../originals/receive-file.ts'
import type { StoreOutcome } from './store-answer.ts'

const turns = createTurns()

export type StoreDependencies = { db: Database; jobs: PgBoss; archive: Archive; objectStore: ObjectStore }

type AmongOthers = {
  /** Settles, and never rejects, when the first file of its request is stored or not: nothing is written before. */
  first?: Promise<void> | undefined
  /** Told when its bytes are where they stay: what is left to do needs none of them. */
  onKept?: () => void
}

/**
 * Stores one received file for a practice: parsed, kept safe (`keepArrival`), then indexed together with its jobs and
 * its audit event. Either all of it is there afterwards, or nothing.
 *
 * @param studyInstanceUid of the URL; null when it names none
 * @throws when a dependency is away or full: worth trying again
 */
export async function storeFile(
  dependencies: StoreDependencies,
  access: Access,
  address: string,
  file: ReceivedFile,
  studyInstanceUid: string | null,
  { first, onKept }: AmongOthers = {},
): Promise<StoreOutcome> {
  const { db } = dependencies
  const { tenantId } = access
  try {
    await using source = await file.open()
    const parsed = await parseInstance(source)
    const { identifiers } = parsed
    const { transferSyntaxUid } = parsed.encoding
    if (studyInstanceUid !== null && identifiers.studyInstanceUid !== studyInstanceUid) {
      return { outcome: 'refused', reason: 'other-study-than-in-url', identifiers }
    }

    // the archive would never take it
    if (beginsAsZip(await source.read(0, 2))) {
      return { outcome: 'refused', reason: 'processing-failure', identifiers }
    }

    const sha256 = await file.sha256
    // a deflated data set shows only when it is read to its end that it has one
    const digest = parsed.encoding.deflated ? await dataSetDigest(source, parsed) : null
    await first // before the turn, which one who waits must not hold
    // Orthanc knows no practices: the same identifiers from two requests are one file there, and what one takes
    // back must not be what the other relies on
    await using _turn = await turns.take(identifiers.sopInstanceUid)
    const besideHeld = async (
      held: HeldContent,
      digestOfThis: () => Promise<string>,
    ): Promise<StoreOutcome> =>
      (await isSameContent(dependencies, tenantId, held, { sha256, transferSyntaxUid, digest: digestOfThis }))
        ? { outcome: 'stored', ...identifiers, studyId: held.studyId, bytes: file.bytes }
        : { outcome: 'refused', reason: 'other-content-held', identifiers }
    const held = await findHeld(db, tenantId, identifiers.sopInstanceUid)
    if (held) return await besideHeld(held, () => dataSetDigest(source, parsed))

    const { json, bulkData } = toDicomJson(parsed)
    const frames = parsed.pixelData ? await frameIndex(source, parsed) : null
    const instanceId = randomUUID()
    const { sopInstanceUid } = identifiers
    const orthancId = orthancIdOf({ patientId: textOf(parsed.attributes, '00100020') ?? '', ...identifiers })
    const kept = await keepArrival(
      dependencies,
      tenantId,
      { instanceId, sopInstanceUid, orthancId },
      file.content,
    )
    file.finished()
    onKept?.()
    try {
      const registered = await fileTogether(
        dependencies,
        tenantId,
        {
          instanceId,
          identifiers,
          transferSyntaxUid,
          metadata: json,
          bulkIndex: bulkData,
          frameIndex: frames,
          dataSetDigest: digest,
          file: { bytes: file.bytes, sha256, md5: kept.md5 },
          archive: kept.archive,
          originalState: kept.originalState,
          origin: 'stow',
          callingAeTitle: null,
        },
        ({ patientId, studyId }) => ({
          tenantId,
          kind: 'images.stored',
          outcome: 'success',
          actor: access.actor,
          sessionId: access.sessionId,
          address,
          patientId,
          studyId,
          detail: { instanceId, bytes: file.bytes },
        }),
      )
      if (registered.outcome === 'stored')
        return { outcome: 'stored', ...identifiers, studyId: registered.studyId, bytes: file.bytes }
      // it came twice at once, and the other was first; the memory of this one is somebody else's by now
      const place: OriginalPlace = {
        instanceId,
        orthancId: kept.archive.orthancId,
        heldByArchive: kept.archive.held,
        originalState: kept.originalState,
        fileBytes: file.bytes,
        fileMd5: kept.md5,
      }
      const outcome = await besideHeld(registered, async () => {
        const own = await digestOfOriginal(dependencies, tenantId, place)
        if (own === null) throw new Error('what was just kept is gone')
        return own
      })
      await kept.undo()
      return outcome
    } catch (error) {
      await kept.undo(error)
      // what is deleted and unseen refuses the row: asked only now, so that it costs nothing otherwise
      if (await noteReturn(db, tenantId, identifiers).catch(() => false)) {
        return { outcome: 'refused', reason: 'deleted', identifiers }
      }
      throw error
    }
  } catch (error) {
    if (error instanceof DicomError) {
      return { outcome: 'refused', reason: failureReasonOf[error.code], identifiers: error.identifiers }
    }
    throw error
  }
}
