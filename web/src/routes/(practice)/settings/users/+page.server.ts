import {
  changeRole,
  hasSecondFactor,
  inviteMember,
  listInvitations,
  listMembers,
  readPractice,
  readSecondFactors,
  renewPassword,
  requireSecondFactor,
  resetMemberSecondFactors,
  revokeInvitation,
  setMemberActive,
  withTenant,
} from '@bitewing/db'
import { tenantRoles } from '@bitewing/db/schema'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** Who works in the practice, as what, and how they log in. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  const { db } = ports()
  const [factors, page] = await Promise.all([
    readSecondFactors(db, session.userId),
    withTenant(db, session.tenant.id, async (tx) => ({
      members: await listMembers(tx),
      invitations: await listInvitations(tx),
      secondFactorRequired: (await readPractice(tx)).secondFactorRequired,
    })),
  ])
  return { ...page, me: session.userId, iHaveSecondFactor: hasSecondFactor(factors), now: new Date() }
}

const Member = z.object({ user: z.uuid() })
const Invite = z.object({
  email: z
    .string()
    .trim()
    .max(254)
    .regex(/^[^\s@]+@[^\s@]+$/),
  role: z.enum(tenantRoles),
})

export const actions: Actions = {
  invite: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const fields = Object.fromEntries(await request.formData())
    const email = typeof fields['email'] === 'string' ? fields['email'].slice(0, 254) : ''
    const form = Invite.safeParse(fields)
    if (!form.success) return fail(400, { invite: { email, problem: 'email' as const } })
    const { db, environment } = ports()
    const invited = await inviteMember(db, staffOf(locals, session), form.data)
    if (invited === 'member') return fail(409, { invite: { email, problem: 'member' as const } })
    return {
      made: {
        purpose: 'join' as const,
        email: form.data.email,
        link: `${environment.publicUrl}/invite/${invited.token}`,
      },
    }
  },

  password: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = Member.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return notHere(locals, session, 'user')
    const { db, environment } = ports()
    const renewed = await renewPassword(db, staffOf(locals, session), form.data.user)
    if (renewed === 'absent') return notHere(locals, session, 'user')
    if (renewed === 'elsewhere') return fail(409, { problem: 'elsewhere' as const })
    const link = `${environment.publicUrl}/invite/${renewed.token}`
    return { made: { purpose: 'password' as const, email: renewed.email, link } }
  },

  revoke: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = z.object({ invitation: z.uuid() }).safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return notHere(locals, session, 'invitation')
    const done = await revokeInvitation(ports().db, staffOf(locals, session), form.data.invitation)
    return done ? { revoked: true } : notHere(locals, session, 'invitation')
  },

  role: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = Member.extend({ role: z.enum(tenantRoles) }).safeParse(
      Object.fromEntries(await request.formData()),
    )
    if (!form.success) return notHere(locals, session, 'user')
    const { user, role } = form.data
    const change = await changeRole(ports().db, staffOf(locals, session), { userId: user, role })
    if (change === 'absent') return notHere(locals, session, 'user')
    return change === 'changed' ? { changed: user } : fail(409, { problem: 'last-owner' as const })
  },

  active: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = Member.extend({ active: z.enum(['true', 'false']) }).safeParse(
      Object.fromEntries(await request.formData()),
    )
    if (!form.success) return notHere(locals, session, 'user')
    const { user } = form.data
    const active = form.data.active === 'true'
    // who locks themselves out cannot undo it
    if (!active && user === session.userId) return fail(409, { problem: 'self' as const })
    const change = await setMemberActive(ports().db, staffOf(locals, session), { userId: user, active })
    if (change === 'absent') return notHere(locals, session, 'user')
    if (change !== 'changed') return fail(409, { problem: 'last-owner' as const })
    return active ? { reactivated: user } : { deactivated: user }
  },

  reset: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = Member.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return notHere(locals, session, 'user')
    const { user } = form.data
    // one's own is removed in one's account, where the password is asked for
    if (user === session.userId) return fail(409, { problem: 'self' as const })
    const change = await resetMemberSecondFactors(ports().db, staffOf(locals, session), user)
    if (change === 'absent') return notHere(locals, session, 'user')
    return change === 'changed' ? { reset: user } : fail(409, { problem: 'elsewhere' as const })
  },

  require: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = z
      .object({ required: z.enum(['true', 'false']) })
      .safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'incomplete' as const })
    const { db } = ports()
    const required = form.data.required === 'true'
    if (required && !hasSecondFactor(await readSecondFactors(db, session.userId)))
      return fail(409, { problem: 'yours-first' as const })
    await requireSecondFactor(db, staffOf(locals, session), required)
    return { required }
  },
}
