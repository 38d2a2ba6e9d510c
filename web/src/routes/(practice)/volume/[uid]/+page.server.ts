import { findStudy, listVolumeDrawings, viewableImages, withMetadata, withTenant } from '@bitewing/db'
import { ports } from '#lib/server/compose.ts'
import { deviceOwner } from '#lib/server/device-owner.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { mayBeVolume, volumeImage, volumesOf, type VolumeImage } from '#lib/volume/volume-series.ts'
import type { PageServerLoad } from './$types'

/** A volume of a study (`?series=`, else its first): where its slices lie, and what was drawn in it. */
export const load: PageServerLoad = async ({ locals, params, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.read')
  const { db, audit } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const study = await findStudy(tx, params.uid)
    if (!study) return null
    const bySeries = Map.groupBy(await viewableImages(tx, params.uid), (image) => image.seriesInstanceUid)
    const images: VolumeImage[] = []
    for await (const image of withMetadata(tx, [...bySeries.values()].filter(mayBeVolume).flat())) {
      images.push(volumeImage(image))
    }
    const volumes = volumesOf(images)
    const wanted = url.searchParams.get('series')
    const volume = wanted === null ? volumes[0] : volumes.find((each) => each.seriesInstanceUid === wanted)
    if (!volume) return null
    const { seriesInstanceUid } = volume
    const which = { studyInstanceUid: params.uid, seriesInstanceUid }
    const others = volumes.map(({ seriesInstanceUid: uid, description, slices }) => ({
      seriesInstanceUid: uid,
      description,
      slices: slices.length,
    }))
    return { study, volume, others, drawings: await listVolumeDrawings(tx, which) }
  })
  if (!found) return notHere(locals, session, 'volume')

  const opened = await audit.access({
    ...auditOf(locals, session),
    kind: 'metadata.retrieved',
    outcome: 'success',
    patientId: found.study.patient?.id ?? null,
    studyId: found.study.id,
  })
  opened.count({ instances: found.volume.slices.length })
  return {
    studyInstanceUid: params.uid,
    patient: found.study.patient,
    studyDate: found.study.studyDate,
    volume: found.volume,
    volumes: found.others,
    drawings: found.drawings,
    mayAnnotate: allowed(session, 'images.annotate'),
    owner: deviceOwner(session),
  }
}
