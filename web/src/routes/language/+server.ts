import { redirect } from '@sveltejs/kit'
import { isLocale } from '#lib/locale.ts'
import { ports } from '#lib/server/compose.ts'
import { localeCookieName } from '#lib/server/locale-cookie.ts'
import { localPath } from '#lib/server/local-path.ts'
import type { RequestHandler } from './$types'

/** Changes the language: of the user when logged in, of this browser in any case. Public: it tells nothing. */
export const POST: RequestHandler = async ({ request, locals, cookies }) => {
  const form = await request.formData()
  const wanted = form.get('locale')
  const back = form.get('back')
  if (isLocale(wanted)) {
    const { sessions, environment } = ports()
    cookies.set(localeCookieName, wanted, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: environment.secureCookies,
      maxAge: 365 * 86_400,
    })
    if (locals.session) await sessions.setLocale(locals.session.userId, wanted)
  }
  redirect(303, localPath(typeof back === 'string' ? back : null))
}
