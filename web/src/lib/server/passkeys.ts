import { addPasskey, findPasskey, listPasskeys, notePasskeyUse } from '@bitewing/db'
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { z } from 'zod'
import { ports } from './compose.ts'

/** Binary parts are base64url; the rest is the library's to judge. */
const base64url = z
  .string()
  .regex(/^[\w-]+$/)
  .max(100_000)
const Credential = z.looseObject({
  id: base64url.max(1400),
  rawId: base64url,
  type: z.literal('public-key'),
  response: z.looseObject({ clientDataJSON: base64url }),
})

type User = { userId: string; email: string; name: string }

/** Passkeys belong to the host of the outside address: under another they are not found. */
function relyingParty() {
  const { origin, hostname } = new URL(ports().environment.publicUrl)
  return { origin, id: hostname }
}

/** What a browser is asked in order to make a passkey for a user; the challenge is the caller's to keep. */
export async function newPasskeyOptions({ userId, email, name }: User) {
  const known = await listPasskeys(ports().db, userId)
  return generateRegistrationOptions({
    rpName: 'Bitewing',
    rpID: relyingParty().id,
    userID: new Uint8Array(Buffer.from(userId.replaceAll('-', ''), 'hex')),
    userName: email,
    userDisplayName: name,
    attestationType: 'none',
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports })),
    // found without the e-mail, and opens by itself: so it has to know its user
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/** Keeps a passkey that the browser has made; false when it is not what was asked for, or is known already. */
export async function keepNewPasskey(
  userId: string,
  { answer, challenge, name }: { answer: unknown; challenge: string | null; name: string },
): Promise<boolean> {
  const parsed = Credential.safeParse(answer)
  if (challenge === null || !parsed.success) return false
  const { origin, id } = relyingParty()
  const result = await verifyRegistrationResponse({
    // its shape is checked above as far as it is used; the library checks what it reads
    response: parsed.data as unknown as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: id,
    requireUserVerification: true,
  }).catch(() => null)
  if (!result?.verified) return false
  const { credential } = result.registrationInfo
  return addPasskey(ports().db, userId, {
    id: credential.id,
    name,
    publicKey: credential.publicKey,
    counter: credential.counter,
    transports: (credential.transports ?? []).slice(0, 8),
  })
}

/** What a browser is asked in order to use one. @param userId null lets it offer all that it has for this host */
export async function passkeyOptions(userId: string | null) {
  const known = userId === null ? [] : await listPasskeys(ports().db, userId)
  return generateAuthenticationOptions({
    rpID: relyingParty().id,
    allowCredentials: known.map(({ id, transports }) => ({ id, transports })),
    // alone it stands for password and second factor; after the password, that it is there is enough
    userVerification: userId === null ? 'required' : 'preferred',
  })
}

/**
 * Whose passkey has signed the challenge; null when nobody's.
 *
 * @param expected the user whose password was right; null where the passkey alone says who it is, and must have
 *   verified its user
 */
export async function usePasskey({
  answer,
  challenge,
  expected,
}: {
  answer: unknown
  challenge: string | null
  expected: string | null
}): Promise<string | null> {
  const { db } = ports()
  const parsed = Credential.safeParse(answer)
  if (challenge === null || !parsed.success) return null
  const stored = await findPasskey(db, parsed.data.id)
  if (!stored || (expected !== null && stored.userId !== expected)) return null
  const { origin, id } = relyingParty()
  const result = await verifyAuthenticationResponse({
    response: parsed.data as unknown as AuthenticationResponseJSON, // as above
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: id,
    credential: {
      id: parsed.data.id,
      publicKey: new Uint8Array(stored.publicKey),
      counter: stored.counter,
      transports: stored.transports,
    },
    requireUserVerification: expected === null,
  }).catch(() => null) // what is no answer to this is refused like a wrong one
  if (!result?.verified) return null
  await notePasskeyUse(db, parsed.data.id, result.authenticationInfo.newCounter)
  return stored.userId
}
