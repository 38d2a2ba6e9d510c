import {
  addComparison,
  addToShare,
  comparisonShares,
  createComparisonShare,
  revokeShare,
  takeFromShare,
  withTenant,
  type Action,
} from '@bitewing/db'
import { fail, type RequestEvent } from '@sveltejs/kit'
import { z } from 'zod'
import { shareDays } from '#lib/share-days.ts'
import { ports } from './compose.ts'
import { qrPath } from './qr-path.ts'
import { auditOf, notHere, requireAction, requireTenant } from './session.ts'
import { staffOf } from './staff.ts'

type ActionEvent = RequestEvent<{ id: string }>

const Uuid = z.uuid()
const ShareForm = z.object({
  comparison: z.uuid(),
  recipient: z.string().trim().min(1).max(200),
  days: z.coerce.number().refine((days) => shareDays.some((each) => each === days)),
})
const LinkForm = z.object({ comparison: z.uuid(), share: z.uuid() })
const PlanForm = z.object({ comparison: z.uuid(), version: z.uuid() })

/** What leads a saved comparison out of its page: into a link, or into a plan. */
export const comparisonActions = {
  share: async (event: ActionEvent) => {
    const { session, patientId, fields } = await begin(event, 'share.create')
    const { db, environment } = ports()
    const form = ShareForm.safeParse(fields)
    if (!form.success || patientId === null) {
      if (patientId === null || !Uuid.safeParse(fields['comparison']).success)
        return notHere(event.locals, session, 'comparison')
      return fail(400, { link: { problem: 'recipient' as const } })
    }
    const { comparison: comparisonId, recipient, days } = form.data
    const expiresAt = new Date(Date.now() + days * 86_400_000)
    const which = { tenantId: session.tenant.id, patientId, comparisonId, userId: session.userId }
    const made = await createComparisonShare(db, { ...which, recipient, expiresAt }, ({ shareId }) => ({
      ...auditOf(event.locals, session),
      kind: 'share.created',
      outcome: 'success',
      patientId,
      detail: { shareId, days, comparisonId },
    }))
    if (!made) return notHere(event.locals, session, 'comparison')
    const link = `${environment.publicUrl}/share/${made.token}`
    return { link: { made: { link, qr: qrPath(link) } } }
  },

  addToLink: (event: ActionEvent) => changeLink(event, true),
  takeFromLink: (event: ActionEvent) => changeLink(event, false),

  revoke: async (event: ActionEvent) => {
    const { session, patientId, fields } = await begin(event, 'share.create')
    const { db } = ports()
    const form = LinkForm.safeParse(fields)
    if (!form.success || patientId === null) return notHere(event.locals, session, 'share')
    const { comparison: comparisonId, share: shareId } = form.data
    const tenantId = session.tenant.id
    const links = await withTenant(db, tenantId, (tx) => comparisonShares(tx, { patientId, comparisonId }))
    const revoked =
      links.some(({ id }) => id === shareId) &&
      (await revokeShare(db, { tenantId, shareId }, () => ({
        ...auditOf(event.locals, session),
        kind: 'share.revoked',
        outcome: 'success',
        patientId,
        detail: { shareId },
      })))
    if (!revoked) return notHere(event.locals, session, 'share')
    return { revoked: shareId }
  },

  plan: async (event: ActionEvent) => {
    const { session, patientId, fields } = await begin(event, 'plans.draft')
    const form = PlanForm.safeParse(fields)
    if (!form.success || patientId === null) return notHere(event.locals, session, 'comparison')
    const { comparison: comparisonId, version: versionId } = form.data
    const added = await addComparison(ports().db, staffOf(event.locals, session), {
      patientId,
      versionId,
      comparisonId,
    })
    if (added === 'absent') return notHere(event.locals, session, 'comparison')
    return added === 'added' ? { planned: versionId } : fail(409, { plan: added })
  },
}

async function begin({ locals, params, request }: ActionEvent, action: Action) {
  const session = requireTenant(locals)
  await requireAction(locals, session, action)
  const patientId = Uuid.safeParse(params.id)
  const fields = Object.fromEntries(await request.formData())
  return { session, patientId: patientId.success ? patientId.data : null, fields }
}

async function changeLink(event: ActionEvent, add: boolean) {
  const { session, patientId, fields } = await begin(event, 'share.create')
  const { db } = ports()
  const form = LinkForm.safeParse(fields)
  if (!form.success || patientId === null) return notHere(event.locals, session, 'share')
  const { comparison: comparisonId, share: shareId } = form.data
  const which = { tenantId: session.tenant.id, patientId, comparisonId, shareId, userId: session.userId }
  const change = add ? addToShare : takeFromShare
  const changed = await change(db, which, {
    ...auditOf(event.locals, session),
    kind: 'share.changed',
    outcome: 'success',
    patientId,
    detail: { shareId, comparisonId, added: add },
  })
  if (!changed) return notHere(event.locals, session, 'share')
  return add ? { added: shareId } : { taken: shareId }
}
