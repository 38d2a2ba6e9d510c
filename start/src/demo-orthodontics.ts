import { randomUUID } from 'node:crypto'
import {
  closeDatabase,
  connectDatabase,
  findTenant,
  listMounts,
  listProviders,
  OrthodonticContent,
  parsePatientSearch,
  patientStudies,
  readOrthodonticCase,
  saveMount,
  saveOrthodonticCase,
  searchPatients,
  withTenant,
} from '@bitewing/db'
import { orthodonticTreatment } from '@bitewing/demo/orthodontics'

/**
 * Gives the orthodontic patient of the demo practice the records of each time point and the treatment's course, where
 * there are none yet. Images that are not there leave their cells empty.
 *
 * @param options.databaseUrl of the owner
 */
export async function demoOrthodontics({ databaseUrl }: { databaseUrl: string }): Promise<void> {
  const { patientId: dicomId, records, ...treatment } = orthodonticTreatment
  const withId = <Part extends object>(part: Part) => ({ ...part, id: randomUUID() })
  const content = OrthodonticContent.parse({
    ...treatment,
    milestones: treatment.milestones.map(withId),
    visits: treatment.visits.map((visit) => withId({ ...visit, appliances: visit.appliances.map(withId) })),
    measures: treatment.measures.map(withId),
  })
  const db = connectDatabase(databaseUrl, 1)
  try {
    const tenant = await findTenant(db, 'demo')
    if (!tenant) return
    await withTenant(db, tenant.id, async (tx) => {
      const [provider] = await listProviders(tx)
      const { patients } = await searchPatients(tx, {
        search: parsePatientSearch(dicomId),
        limit: 2,
        offset: 0,
      })
      const [patient] = patients
      if (!provider || !patient || patients.length > 1) return
      const has = await listMounts(tx, { patientId: patient.id })
      if (has.some(({ template }) => template === 'orthodontic-records')) return
      if ((await readOrthodonticCase(tx, patient.id)).version > 0) return

      const studies = await patientStudies(tx, patient.id, { imagesMax: 40 })
      const images = new Map(
        studies.flatMap((study) => study.images.map((image) => [image.sopInstanceUid, image] as const)),
      )
      for (const { label, stage, day, cells } of records) {
        const mounted = Object.entries(cells).flatMap(([cell, uid]) => {
          const image = images.get(uid)
          if (!image) return []
          const { id: instanceId, frame } = image
          return [{ cell: Number(cell), instanceId, frame, mirrored: false, turned: 0 as const }]
        })
        if (mounted.length === 0) continue
        const set = { template: 'orthodontic-records', label, stage, day, images: mounted } as const
        await saveMount(tx, tenant.id, patient.id, set, provider.id)
      }
      await saveOrthodonticCase(tx, tenant.id, patient.id, { version: 0, content }, provider.id)
    })
  } finally {
    await closeDatabase(db)
  }
}
