import {
  startAuthentication,
  startRegistration,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'

/** What came of it: `cancelled` when its user, or nobody, answered. */
export type PasskeyUse<T> = { done: T } | { problem: 'cancelled' | 'refused' | 'unreachable' }

/** Logs in with a passkey, alone or after the password. @param query of the log-in page, for where to go next */
export function usePasskey(query: string): Promise<PasskeyUse<{ next: string }>> {
  return exchange<PublicKeyCredentialRequestOptionsJSON, { next: string }>(
    `/login/passkey${query}`,
    (optionsJSON) => startAuthentication({ optionsJSON }),
  )
}

/** Makes a passkey for who is logged in, or is about to be. @returns recovery codes where it is the first second factor */
export function makePasskey(path: string): Promise<PasskeyUse<{ codes: string[] | null }>> {
  return exchange<PublicKeyCredentialCreationOptionsJSON, { codes: string[] | null }>(path, (optionsJSON) =>
    startRegistration({ optionsJSON }),
  )
}

/** Asks our server what to ask the browser, and tells it the answer. */
async function exchange<Options, Done>(
  path: string,
  ask: (options: Options) => Promise<unknown>,
): Promise<PasskeyUse<Done>> {
  try {
    const asked = await fetch(path, { method: 'POST' })
    if (!asked.ok) return { problem: 'refused' }
    const options = (await asked.json()) as Options // our own server's
    let answer: unknown
    try {
      answer = await ask(options)
    } catch {
      // the browser does not say why, so that pages cannot tell what its user has
      return { problem: 'cancelled' }
    }
    const told = await fetch(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(answer),
    })
    if (!told.ok) return { problem: 'refused' }
    return { done: (await told.json()) as Done } // our own server's
  } catch {
    return { problem: 'unreachable' }
  }
}
