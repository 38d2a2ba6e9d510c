import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  addAlternative,
  closeDatabase,
  connectDatabase,
  createCase,
  findTenant,
  listProcedures,
  listProviders,
  parsePatientSearch,
  patientCases,
  patientStudies,
  presentVersion,
  readPlanSettings,
  saveDraft,
  searchPatients,
  setItemState,
  setMilestone,
  signVersion,
  startCatalogue,
  withTenant,
  type CatalogueEntry,
  type PlanSettings,
  type Staff,
  type StudySummary,
} from '@bitewing/db'
import {
  isTooth,
  planMilestones,
  planTotals,
  surfaceOfLetter,
  type PlanContent,
  type PlanItem,
  type Site,
} from '@bitewing/db/plan-rules'
import { treatmentPlans, type DemoPlan, type DemoPlanItem } from '@bitewing/demo/plans'

const dayMs = 86_400_000

/**
 * Gives patients of the demo practice their treatment plans, once, and where they have none. The patients come with
 * their images: those whose images are not there are left out.
 *
 * @param options.databaseUrl of the owner
 */
export async function demoPlans({
  dataFolder,
  databaseUrl,
}: {
  dataFolder: string
  databaseUrl: string
}): Promise<void> {
  const done = join(dataFolder, 'demo-plans-made')
  const isDone = await access(done).then(
    () => true,
    () => false,
  )
  if (isDone) return
  const db = connectDatabase(databaseUrl, 2)
  try {
    const tenant = await findTenant(db, 'demo')
    if (!tenant) return
    const [provider] = await withTenant(db, tenant.id, listProviders)
    if (!provider) return
    const staff: Staff = { tenantId: tenant.id, userId: provider.id, sessionId: null, address: null }
    await startCatalogue(db, staff)
    const [catalogue, settings] = await withTenant(
      db,
      tenant.id,
      async (tx): Promise<[CatalogueEntry[], PlanSettings]> => [
        await listProcedures(tx),
        await readPlanSettings(tx),
      ],
    )

    for (const plan of treatmentPlans) {
      const found = await withTenant(db, tenant.id, async (tx) => {
        const { patients } = await searchPatients(tx, {
          search: parsePatientSearch(plan.patientId),
          limit: 2,
          offset: 0,
        })
        const [patient] = patients
        if (!patient || patients.length > 1 || (await patientCases(tx, patient.id)).length > 0) return null
        return { patient, studies: await patientStudies(tx, patient.id, { imagesMax: 40 }) }
      })
      if (!found) continue
      const contents = plan.alternatives.map((each) => contentOf(each, catalogue, settings, found.studies))
      const patientId = found.patient.id
      const made = await createCase(db, staff, { patientId, title: plan.title, content: contents[0] })
      if (!made) continue
      const versions = [{ ...made, content: contents[0] }]
      for (const content of contents.slice(1)) {
        const other = await addAlternative(db, staff, { patientId, caseId: made.caseId, copy: null })
        if (!other) continue
        await saveDraft(db, staff, { patientId, versionId: other.versionId, revision: 1, content })
        versions.push({ ...made, ...other, content })
      }
      await bringForward(plan, { patientId, versions })
    }
    await writeFile(done, '')

    async function bringForward(
      plan: DemoPlan,
      {
        patientId,
        versions,
      }: { patientId: string; versions: { planId: string; versionId: string; content?: PlanContent }[] },
    ) {
      if (plan.state === 'draft') return
      for (const [index, { planId, versionId, content }] of versions.entries()) {
        const presented = await presentVersion(db, staff, {
          patientId,
          versionId,
          revision: index === 0 ? 1 : 2,
        })
        if (presented.outcome !== 'presented' || plan.state !== 'signed' || index > 0) continue
        await signVersion(
          db,
          {
            tenantId: staff.tenantId,
            actor: { kind: 'user', id: staff.userId },
            via: 'tablet',
            witnessId: staff.userId,
            shareId: null,
          },
          {
            versionId,
            patientId,
            digest: presented.digest,
            signature: {
              name: 'Mathieu Gagné',
              consent: settings.consent.fr,
              locale: 'fr',
              strokes: scribble(),
            },
            choice: { declinedItems: [], acceptedCents: content ? planTotals(content).plan.total : 0 },
          },
        )
        const items = content?.phases.flatMap(({ visits }) => visits.flatMap((visit) => visit.items)) ?? []
        for (const { place, daysAgo } of plan.begun ?? []) {
          const milestoneId = items[place]?.milestones?.[0]?.id
          const actual = new Date(Date.now() - daysAgo * dayMs).toISOString().slice(0, 10)
          const from = { expected: null, actual: null }
          if (milestoneId)
            await setMilestone(db, staff, {
              patientId,
              planId,
              milestoneId,
              from,
              to: { ...from, actual },
              item: null,
            })
        }
        for (const place of plan.done ?? []) {
          const item = items[place]
          if (item)
            await setItemState(db, staff, {
              patientId,
              planId,
              itemId: item.id,
              from: 'accepted',
              to: 'done',
              day: null,
            })
        }
      }
    }
  } finally {
    await closeDatabase(db)
  }
}

function contentOf(
  alternative: DemoPlan['alternatives'][number],
  catalogue: CatalogueEntry[],
  settings: PlanSettings,
  studies: StudySummary[],
): PlanContent {
  return {
    title: alternative.title,
    note: alternative.note,
    currency: settings.currency,
    taxes: settings.taxes,
    discount: { kind: 'none' },
    phases: alternative.phases.map((phase) => ({
      id: crypto.randomUUID(),
      title: phase.title,
      visits: phase.visits.map((items) => ({
        id: crypto.randomUUID(),
        title: '',
        items: items.map((item) => itemOf(item, catalogue, studies)),
      })),
    })),
  }
}

function itemOf(item: DemoPlanItem, catalogue: CatalogueEntry[], studies: StudySummary[]): PlanItem {
  const procedure = catalogue.find(({ code }) => code === item.code)
  if (!procedure) throw new Error(`The shipped catalogue has no ${item.code}`)
  const kinds = {
    panoramic: ['panoramic'],
    bitewings: ['bitewing'],
    photograph: ['intraoral-photograph', 'photograph', 'face-photograph'],
  }
  const image =
    item.image &&
    studies
      .flatMap(({ images }) => images)
      .find(({ kind }) => kinds[item.image ?? 'panoramic'].includes(kind))
  return {
    id: crypto.randomUUID(),
    procedureId: procedure.id,
    code: procedure.code,
    name: procedure.name,
    site: siteOf(item.where),
    per: procedure.per,
    feeCents: procedure.feeCents,
    discount:
      item.discountPercent === undefined
        ? { kind: 'none' }
        : { kind: 'percent', hundredths: item.discountPercent * 100 },
    taxIds: procedure.taxIds,
    providerId: null,
    priority: item.pressing ? 1 : 2,
    note: item.note ?? '',
    images: image ? [image.id] : [],
    ...planMilestones(procedure.milestones),
  }
}

function siteOf(where: string | undefined): Site {
  if (where === undefined) return { kind: 'mouth' }
  if (where === 'upper' || where === 'lower') return { kind: 'arch', arch: where }
  const places = where.split(',').map((place) => {
    const [tooth = '', letters = ''] = place.trim().split(' ')
    return { tooth, surfaces: [...letters].map(surfaceOfLetter).filter((surface) => surface !== null) }
  })
  return {
    kind: 'teeth',
    teeth: places.map(({ tooth }) => tooth).filter(isTooth),
    surfaces: Object.fromEntries(
      places.filter(({ surfaces }) => surfaces.length > 0).map(({ tooth, surfaces }) => [tooth, surfaces]),
    ),
  }
}

/** A signature of nobody. */
function scribble(): number[][] {
  const line = Array.from({ length: 60 }, (_, index) => {
    const along = index / 59
    return [Math.round(140 + 640 * along), Math.round(200 - 90 * Math.sin(along * 19) * (1 - along * 0.75))]
  })
  return [line.flat(), [200, 255, 820, 235]]
}
