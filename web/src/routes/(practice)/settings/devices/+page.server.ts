import { listDevices, practiceAeTitles, removeDevice, saveDevice, withTenant } from '@bitewing/db'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import type { Actions, PageServerLoad } from './$types'

/** The machines that send images, and what they send to. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'settings.write')
  const { db, environment } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => ({
    ...(await listDevices(tx)),
    aeTitles: await practiceAeTitles(tx),
  }))
  return { ...found, host: url.hostname, dicomPort: environment.dicomPort, now: new Date() }
}

const aeTitle = z
  .string()
  .trim()
  .regex(/^[\x20-\x5b\x5d-\x7e]{1,16}$/) // AE, PS3.5 §6.2
const DeviceForm = z.object({
  aeTitle,
  name: z
    .string()
    .trim()
    .max(80)
    .transform((name) => (name === '' ? null : name)),
  host: z
    .string()
    .trim()
    .max(253)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/),
  port: z.coerce.number().int().min(1).max(65_535),
})

export const actions: Actions = {
  save: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = DeviceForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) {
      const [bad] = form.error.issues.map(({ path }) => path[0])
      const problem = bad === 'host' ? 'host' : bad === 'port' ? 'port' : 'aeTitle'
      return fail(400, { problem } as const)
    }
    await saveDevice(ports().db, staffOf(locals, session), form.data)
    return { saved: form.data.aeTitle }
  },

  remove: async ({ locals, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'settings.write')
    const form = z.object({ aeTitle }).safeParse(Object.fromEntries(await request.formData()))
    const removed =
      form.success && (await removeDevice(ports().db, staffOf(locals, session), form.data.aeTitle))
    return removed ? { removed } : notHere(locals, session, 'device')
  },
}
