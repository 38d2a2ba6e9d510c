import { hash, verify } from '@node-rs/argon2'

/** Argon2id by OWASP's password storage advice: 19 MiB, 2 passes, 1 lane. */
const parameters = { memoryCost: 19456, timeCost: 2, parallelism: 1 }

/** @returns PHC string */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'), parameters)
}

// verified when the e-mail is unknown, so that the time tells nothing
let decoy: Promise<string> | undefined

/** Takes the same time whether there is a hash to compare with or not. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword('no user has this password')
  const matches = await verify(passwordHash ?? (await decoy), password.normalize('NFC'))
  return passwordHash !== null && matches
}
