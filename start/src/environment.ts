import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { projectRoot } from './project-root.ts'

const Port = z.coerce.number('must be a port number').int().min(0).max(65535)

const url = (protocols: RegExp, example: string) =>
  z.string().refine((text) => {
    const parsed = URL.parse(text)
    return parsed !== null && protocols.test(parsed.protocol)
  }, `must be a URL such as ${example}`)

const Environment = z
  .object({
    PORT: Port.default(8080),
    HOST: z.string().default('127.0.0.1'),
    PUBLIC_URL: url(/^https?:$/, 'https://images.example.org').optional(),
    DATA_DIR: z.string().default(join(projectRoot, '.data')),
    DICOM_PORT: Port.default(4242),
    ORTHANC_PORT: Port.default(8042),
    DATABASE_URL: url(/^postgres(ql)?:$/, 'postgres://bitewing_app:…@db.example.org/bitewing').optional(),
    DATABASE_OWNER_URL: url(
      /^postgres(ql)?:$/,
      'postgres://bitewing_owner:…@db.example.org/bitewing',
    ).optional(),
    ORTHANC_URL: url(/^https?:$/, 'http://user:password@orthanc.example.org:8042').optional(),
    STORAGE_URL: url(/^(file|s3|azblob|gs):$/, 's3://bucket?region=ca-central-1').optional(),
    MASTER_KEY: z.string().optional(),
    MASTER_KEY_FILE: z.string().optional(),
    MASTER_KEY_URL: z.string().optional(),
    ACCOUNT_KEY: z.base64('must be 32 bytes in base64').length(44, 'must be 32 bytes in base64').optional(),
    BITEWING_DEMO: z.enum(['0', '1'], 'must be 0 or 1').optional(),
    BITEWING_DEMO_IMAGES: z.enum(['all', 'few', 'none'], 'must be all, few or none').default('all'),
    BITEWING_POSTGRES_USER: z
      .string()
      .regex(/^[a-z_][a-z0-9_-]*$/, 'must be the name of a system user')
      .optional(),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
  })
  .refine((given) => given.DATABASE_URL !== undefined || given.DATABASE_OWNER_URL === undefined, {
    path: ['DATABASE_OWNER_URL'],
    message: 'needs DATABASE_URL beside it',
  })

/** What `npm start` was asked to do. Paths are absolute. */
export type Settings = {
  port: number
  host: string
  /** Outside address, without a slash at its end; null when nobody named one. */
  publicUrl: string | null
  dataFolder: string
  dicomPort: number
  orthancPort: number
  /** Null starts the embedded Postgres. */
  databaseUrl: string | null
  databaseOwnerUrl: string | null
  /** Null starts the embedded Orthanc. */
  orthancUrl: string | null
  storageUrl: string
  /** Null keeps a key of our own in the data folder. */
  masterKey: { MASTER_KEY: string } | { MASTER_KEY_FILE: string } | { MASTER_KEY_URL: string } | null
  /** Null keeps a key of our own in the data folder. */
  accountKey: string | null
  demo: boolean
  /** How many images the demo practice gets; fewer than all is for tests. */
  demoImages: 'all' | 'few' | 'none'
  postgresUser: string | undefined
  /** Variables of the gateway's own that are handed on as they are: limits, CORS, credentials of the store. */
  handedOn: Record<string, string>
}

const gatewayVariables =
  /^(LOG_LEVEL|CORS_ORIGINS|TRUSTED_PROXY|STORAGE_RESIDENCY_DECISION|STORAGE_PRICES|MASTER_KEY_PREVIOUS|MASTER_KEY_PREVIOUS_FILE|MASTER_KEY_PREVIOUS_URL|KMS_\w+|CDN_\w+|STOW_\w+|SEARCH_\w+_MAX|FRAME_BYTES_MAX|FRAMES_PER_REQUEST_MAX|KEPT_RENDITIONS_BYTES_MAX|REQUESTS_PER_CREDENTIAL_MAX|QUERY_TIMEOUT_MS|RECALLS_MAX|DELETION_GRACE_DAYS|GATEWAY_PROCESSES|PIXEL_PROCESSES|AWS_\w+|AZURE_\w+|GOOGLE_\w+)$/

/**
 * Reads the launcher's environment, once. Empty variables count as absent.
 *
 * @throws with the name of every bad variable and what it should be; no value, since some are secrets
 */
export function readEnvironment(source: NodeJS.ProcessEnv): Settings {
  const filled = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = Environment.safeParse(filled)
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The environment is not usable:\n${lines.join('\n')}`)
  }

  const given = parsed.data
  const dataFolder = resolve(projectRoot, given.DATA_DIR)
  const keyFile = given.MASTER_KEY_FILE === undefined ? null : resolve(projectRoot, given.MASTER_KEY_FILE)
  return {
    port: given.PORT,
    host: given.HOST,
    publicUrl: given.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    dataFolder,
    dicomPort: given.DICOM_PORT,
    orthancPort: given.ORTHANC_PORT,
    databaseUrl: given.DATABASE_URL ?? null,
    databaseOwnerUrl: given.DATABASE_OWNER_URL ?? null,
    orthancUrl: given.ORTHANC_URL ?? null,
    storageUrl: given.STORAGE_URL ?? pathToFileURL(join(dataFolder, 'objects')).href,
    masterKey:
      given.MASTER_KEY_URL !== undefined
        ? { MASTER_KEY_URL: given.MASTER_KEY_URL }
        : given.MASTER_KEY !== undefined
          ? { MASTER_KEY: given.MASTER_KEY }
          : keyFile === null
            ? null
            : { MASTER_KEY_FILE: keyFile },
    accountKey: given.ACCOUNT_KEY ?? null,
    // Somebody else's database gets a practice with known users only when that was asked for.
    demo: (given.BITEWING_DEMO ?? (given.DATABASE_URL === undefined ? '1' : '0')) === '1',
    demoImages: given.BITEWING_DEMO_IMAGES,
    postgresUser: given.BITEWING_POSTGRES_USER,
    handedOn: Object.fromEntries(
      Object.entries(filled).flatMap(([name, value]) =>
        value !== undefined && gatewayVariables.test(name) ? [[name, value]] : [],
      ),
    ),
  }
}
