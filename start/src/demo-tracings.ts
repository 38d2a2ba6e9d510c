import {
  cephLandmarks,
  closeDatabase,
  connectDatabase,
  findTenant,
  listProviders,
  listTracings,
  parsePatientSearch,
  patientStudies,
  savePoint,
  searchPatients,
  startTracing,
  withTenant,
  type CephPointChange,
} from '@bitewing/db'
import { demoTracingCalibration, demoTracings } from '@bitewing/demo/tracings'

/**
 * Gives the orthodontic patient of the demo practice tracings of the cephalograms before and after, where there are
 * none yet: so that analyses and superimposition are seen at the first look.
 *
 * @param options.databaseUrl of the owner
 */
export async function traceDemo({ databaseUrl }: { databaseUrl: string }): Promise<void> {
  const db = connectDatabase(databaseUrl, 1)
  try {
    const tenant = await findTenant(db, 'demo')
    if (!tenant) return
    const { patientId: dicomId, tracings } = demoTracings()
    await withTenant(db, tenant.id, async (tx) => {
      const [provider] = await listProviders(tx)
      const search = parsePatientSearch(dicomId)
      const { patients } = await searchPatients(tx, { search, limit: 2, offset: 0 })
      const [patient] = patients
      if (!provider || !patient || patients.length > 1) return
      const patientId = patient.id
      if ((await listTracings(tx, { patientId })).length > 0) return
      const studies = await patientStudies(tx, patientId, { imagesMax: 40 })
      const images = studies.flatMap((study) => study.images)
      for (const { sopInstanceUid, landmarks } of tracings) {
        const image = images.find((each) => each.sopInstanceUid === sopInstanceUid)
        if (!image) continue
        const of = { patientId, instanceId: image.id, frame: 1 }
        const id = await startTracing(tx, tenant.id, of, demoTracingCalibration, provider.id)
        if (id === null) continue
        for (const landmark of cephLandmarks) {
          const at = landmarks[landmark]
          if (!at) continue
          const change: CephPointChange = {
            landmark,
            basedOn: 0,
            state: 'placed',
            at: [at.column, at.row],
          }
          await savePoint(tx, tenant.id, { id, patientId }, change, provider.id)
        }
      }
    })
  } finally {
    await closeDatabase(db)
  }
}
