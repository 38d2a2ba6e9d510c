import {
  archiveProcedure,
  importProcedures,
  listProcedures,
  readPlanSettings,
  saveProcedure,
  startCatalogue,
  withTenant,
  type PlanSettings,
} from '@bitewing/db'
import {
  milestoneCountMax,
  milestoneNameMax,
  milestonesMax,
  milestoneUnits,
  procedureCategories,
  readCatalogue,
  readCents,
  siteKinds,
} from '@bitewing/db/plan-rules'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { fileBytesMax } from '#lib/plans/catalogue-file.ts'
import { decodeTable } from '#lib/server/decode-table.ts'
import { notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** The practice's procedures and their fees. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  const { db } = ports()
  await startCatalogue(db, staffOf(locals, session))
  return withTenant(db, session.tenant.id, async (tx) => ({
    procedures: await listProcedures(tx),
    settings: await readPlanSettings(tx),
  }))
}

const name = z.string().trim().min(1).max(milestoneNameMax)
const Milestones = z
  .array(
    z.object({
      name: z.object({ en: name, fr: name }),
      after: z
        .object({ count: z.int().min(0).max(milestoneCountMax), unit: z.enum(milestoneUnits) })
        .nullable(),
    }),
  )
  .max(milestonesMax)
const ProcedureForm = z.object({
  id: z.uuid().or(z.literal('')),
  code: z.string().trim().min(1).max(20),
  nameEn: z.string().trim().max(120),
  nameFr: z.string().trim().max(120),
  category: z.enum(procedureCategories),
  site: z.enum(siteKinds),
  per: z.enum(['item', 'tooth']),
  fee: z.string().max(40),
  milestones: z.string().max(20_000).transform(parseJson).pipe(Milestones),
})

export const actions: Actions = {
  save: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const fields = await request.formData()
    const form = ProcedureForm.safeParse(Object.fromEntries(fields))
    if (!form.success) {
      const ofMilestones = form.error.issues.every(({ path }) => path[0] === 'milestones')
      return fail(400, { problem: ofMilestones ? ('milestones' as const) : ('code' as const) })
    }
    const { id, code, nameEn, nameFr, fee, ...rest } = form.data
    const { db } = ports()
    const { currency } = await withTenant(db, session.tenant.id, readPlanSettings)
    const feeCents = readCents(fee, currency)
    if (feeCents === null) return fail(400, { problem: 'fee' as const })
    if (nameEn === '' && nameFr === '') return fail(400, { problem: 'name' as const })
    const taxIds = fields.getAll('tax').filter((each) => typeof each === 'string')
    const saved = await saveProcedure(db, staffOf(locals, session), {
      id: id === '' ? null : id,
      procedure: { ...rest, code, name: { en: nameEn || nameFr, fr: nameFr || nameEn }, feeCents, taxIds },
    })
    if (saved === 'absent') return notHere(locals, session, 'procedure')
    return saved === 'saved' ? { saved: code } : fail(409, { problem: 'taken' as const })
  },

  archive: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = z
      .object({ id: z.uuid(), archived: z.enum(['true', 'false']) })
      .safeParse(Object.fromEntries(await request.formData()))
    const done =
      form.success &&
      (await archiveProcedure(ports().db, staffOf(locals, session), {
        id: form.data.id,
        archived: form.data.archived === 'true',
      }))
    if (!form.success || !done) return notHere(locals, session, 'procedure')
    return { archived: { id: form.data.id, archived: form.data.archived === 'true' } }
  },

  /** What a file would change, before anything does. */
  preview: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const { db } = ports()
    const text = await readText(await request.formData())
    if (typeof text !== 'string') return fail(400, text)
    const [settings, present] = await withTenant(
      db,
      session.tenant.id,
      async (tx): Promise<[PlanSettings, Set<string>]> => [
        await readPlanSettings(tx),
        new Set((await listProcedures(tx)).map(({ code }) => code.toLowerCase())),
      ],
    )
    const { procedures, problems } = readCatalogue(text, settings)
    return {
      preview: {
        text,
        problems,
        procedures: procedures.map(({ line, procedure }) => ({
          line,
          procedure,
          isNew: !present.has(procedure.code.toLowerCase()),
        })),
      },
    }
  },

  import: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const { db } = ports()
    const text = await readText(await request.formData())
    if (typeof text !== 'string') return fail(400, text)
    const settings = await withTenant(db, session.tenant.id, readPlanSettings)
    const { procedures } = readCatalogue(text, settings)
    if (procedures.length === 0) return fail(400, { problem: 'file' as const })
    return {
      imported: await importProcedures(
        db,
        staffOf(locals, session),
        procedures.map(({ procedure }) => procedure),
      ),
    }
  },
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The chosen file, or what was read of it before. */
async function readText(fields: FormData): Promise<string | { problem: 'file' | 'size' }> {
  const [file, text] = [fields.get('file'), fields.get('text')]
  if (typeof text === 'string') return text.length <= fileBytesMax ? text : { problem: 'size' }
  if (!(file instanceof File) || file.size === 0) return { problem: 'file' }
  if (file.size > fileBytesMax) return { problem: 'size' }
  return decodeTable(new Uint8Array(await file.arrayBuffer())) ?? { problem: 'file' }
}
