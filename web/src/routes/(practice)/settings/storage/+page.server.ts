import {
  plannedMoves,
  plannedSaving,
  readStorage,
  readStorageTerms,
  readStorageUsage,
  readTierPolicy,
  recordInTransaction,
  saveTierPolicy,
  storageCost,
  tieredBytesMin,
  TierPolicy,
  withTenant,
  type StorageTerms,
} from '@bitewing/db'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** What takes the practice's space and what it costs, for its owner: counts and bytes, no patient. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  const { id } = session.tenant
  return withTenant(ports().db, id, async (tx) => {
    const usage = await readStorageUsage(tx)
    const terms = await readStorageTerms(tx)
    return {
      stored: await readStorage(tx),
      usage,
      policy: await readTierPolicy(tx, id),
      terms,
      cost: terms && storageCost(usage, terms.prices),
    }
  })
}

const months = z.coerce.number().int()
const isOn = z
  .literal('on')
  .optional()
  .transform((word) => word === 'on')
const PolicyForm = z
  .object({
    enabled: isOn,
    hotMonths: months.default(0),
    warmMonths: months.default(0),
    cold: isOn,
    evict: isOn,
    keepCases: isOn,
  })
  .pipe(TierPolicy)

export const actions: Actions = {
  /** What a policy would move now, and saves nothing. */
  preview: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = PolicyForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'months' as const })
    return withTenant(ports().db, session.tenant.id, async (tx) => {
      const terms = await readStorageTerms(tx)
      if (terms === null) return fail(503, { problem: 'away' as const })
      const moves = await plannedMoves(tx, questionOf(form.data, terms))
      return { policy: form.data, preview: { moves, saving: plannedSaving(moves, terms.prices) } }
    })
  },

  save: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = PolicyForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'months' as const })
    const { tenantId, ...who } = staffOf(locals, session)
    await withTenant(ports().db, tenantId, async (tx) => {
      await saveTierPolicy(tx, tenantId, form.data)
      await recordInTransaction(tx, {
        tenantId,
        kind: 'settings.changed',
        outcome: 'success',
        actor: { kind: 'user', id: who.userId },
        sessionId: who.sessionId,
        address: who.address,
        detail: { what: 'storage tiers', ...form.data },
      })
    })
    return { policy: form.data, saved: true }
  },
}

function questionOf(policy: TierPolicy, store: StorageTerms) {
  return { policy, store, now: new Date(), bytesMin: tieredBytesMin, renditionVersion: null }
}
