import { z } from 'zod'

const Environment = z.object({
  /** postgres:// URL of the app's role */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** the outside address, without a trailing slash; decides whether cookies are Secure and what links say */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  /** where this app asks the gateway for pictures; by the outside address without */
  GATEWAY_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** 32 bytes in base64: seals the secrets of authenticator apps */
  ACCOUNT_KEY: z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === 32),
  /** where machines send to; only told to people, never listened on */
  DICOM_PORT: z.coerce.number().int().min(1).max(65_535).default(4242),
  /** origin of a CDN that pictures may come from */
  CDN_URL: z
    .literal('')
    .or(z.url({ protocol: /^https?$/ }))
    .optional(),
  /** open connections to Postgres at most */
  DATABASE_CONNECTIONS_MAX: z.coerce.number().int().min(1).max(100).default(8),
})

export type Environment = {
  databaseUrl: string
  publicUrl: string
  gatewayUrl: string
  secureCookies: boolean
  accountKey: Buffer
  databaseConnectionsMax: number
  dicomPort: number
  cdnOrigin: string | null
}

/**
 * The one place where this app reads its environment.
 *
 * @throws naming every bad variable, and no value
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const parsed = Environment.safeParse(variables)
  if (!parsed.success) {
    const bad = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))]
    throw new Error(`Missing or unusable environment variables: ${bad.join(', ')}`)
  }
  const { DATABASE_URL, PUBLIC_URL, GATEWAY_URL, ACCOUNT_KEY, DICOM_PORT, CDN_URL } = parsed.data
  return {
    databaseUrl: DATABASE_URL,
    publicUrl: PUBLIC_URL,
    gatewayUrl: GATEWAY_URL ?? PUBLIC_URL,
    secureCookies: PUBLIC_URL.startsWith('https:'),
    accountKey: ACCOUNT_KEY,
    databaseConnectionsMax: parsed.data.DATABASE_CONNECTIONS_MAX,
    dicomPort: DICOM_PORT,
    cdnOrigin: CDN_URL ? new URL(CDN_URL).origin : null,
  }
}
