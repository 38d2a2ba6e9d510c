import { availableParallelism } from 'node:os'
import { isAbsolute } from 'node:path'
import { z } from 'zod'

const Url = (protocols: RegExp, example: string) =>
  z.string().refine((text) => {
    const url = URL.parse(text)
    return url !== null && protocols.test(url.protocol)
  }, `must be a URL such as ${example}`)

const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  HOST: z.string().default('127.0.0.1'),
  // of the gateway, behind its one port; each has one thread for requests
  GATEWAY_PROCESSES: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(() => Math.min(4, availableParallelism())),
  PUBLIC_URL: Url(/^https?:$/, 'https://images.example.org').optional(),
  DATABASE_URL: Url(/^postgres(ql)?:$/, 'postgres://bitewing_app:…@localhost/bitewing'),
  ORTHANC_URL: Url(/^https?:$/, 'http://user:password@localhost:8042'),
  STORAGE_URL: Url(/^(file|s3|azblob|gs):$/, 'file:///var/lib/bitewing/objects'),
  STORAGE_RESIDENCY_DECISION: z.string().optional(),
  // what a GiB costs in a month, as JSON; see docs/operations.md
  STORAGE_PRICES: z.string().refine(isAbsolute, 'must be an absolute path').optional(),
  MASTER_KEY_FILE: z.string().refine(isAbsolute, 'must be an absolute path').optional(),
  MASTER_KEY: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')
    .optional(),
  MASTER_KEY_URL: z
    .string()
    .regex(/^aws-kms:\/\//, 'must be a URL such as aws-kms://alias/bitewing?region=ca-central-1')
    .optional(),
  // the master key before, until every key is wrapped by the new one
  MASTER_KEY_PREVIOUS_FILE: z.string().refine(isAbsolute, 'must be an absolute path').optional(),
  MASTER_KEY_PREVIOUS: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')
    .optional(),
  MASTER_KEY_PREVIOUS_URL: z
    .string()
    .regex(/^aws-kms:\/\//, 'must be a URL such as aws-kms://alias/bitewing?region=ca-central-1')
    .optional(),
  // of the key service, where it has others than the bucket
  KMS_ACCESS_KEY_ID: z.string().optional(),
  KMS_SECRET_ACCESS_KEY: z.string().optional(),
  KMS_SESSION_TOKEN: z.string().optional(),
  WEB_URL: Url(/^https?:$/, 'http://127.0.0.1:3000').optional(),
  SPOOL_DIR: z.string().refine(isAbsolute, 'must be an absolute path'),
  OHIF_DIR: z.string().refine(isAbsolute, 'must be an absolute path').optional(),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    ),
  TRUSTED_PROXY: z
    .enum(['0', '1'])
    .default('0')
    .transform((text) => text === '1'),
  STOW_BODY_BYTES_MAX: z.coerce
    .number()
    .int()
    .positive()
    .default(8 * 1024 ** 3),
  STOW_INSTANCE_BYTES_MAX: z.coerce
    .number()
    .int()
    .positive()
    .default(2 * 1024 ** 3),
  // received files that are held in memory instead of the spool, all together
  STOW_MEMORY_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(0)
    .default(16 * 1024 ** 2),
  DELETION_GRACE_DAYS: z.coerce.number().min(0).max(3650).default(30),
  STOW_PARTS_MAX: z.coerce.number().int().positive().default(20_000),
  FRAMES_PER_REQUEST_MAX: z.coerce.number().int().positive().default(4096),
  REQUESTS_PER_CREDENTIAL_MAX: z.coerce.number().int().positive().default(256),
  // of the gateway's queries; what a search may cost
  QUERY_TIMEOUT_MS: z.coerce.number().int().positive().default(30_000),
  // one frame is held in memory as a whole, wherever it goes
  FRAME_BYTES_MAX: z.coerce
    .number()
    .int()
    .positive()
    .default(512 * 1024 ** 2),
  SEARCH_RESULTS_MAX: z.coerce.number().int().positive().default(5000),
  // metadata of instances that one search with `includefield` holds in memory
  SEARCH_BYTES_MAX: z.coerce
    .number()
    .int()
    .positive()
    .default(64 * 1024 ** 2),
  // renditions of one practice that were made on request: further sizes, frames and viewports
  KEPT_RENDITIONS_BYTES_MAX: z.coerce
    .number()
    .int()
    .positive()
    .default(2 * 1024 ** 3),
  // originals of one practice that are under way out of the archive
  RECALLS_MAX: z.coerce.number().int().positive().default(5000),
  // a CDN in front of staff's renditions, by addresses that we sign; both or neither
  CDN_URL: z
    .string()
    .refine((text) => URL.parse(text)?.origin === text, 'must be an origin such as https://cdn.example.org')
    .optional(),
  CDN_KEY: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')
    .transform((text) => Buffer.from(text, 'base64'))
    .optional(),
  PIXEL_PROCESSES: z.coerce.number().int().min(1).max(64).default(2),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  AZURE_STORAGE_ACCOUNT: z.string().optional(),
  AZURE_STORAGE_KEY: z.string().optional(),
  AZURE_STORAGE_SAS_TOKEN: z.string().optional(),
  GOOGLE_APPLICATION_CREDENTIALS: z.string().refine(isAbsolute, 'must be an absolute path').optional(),
})

export type Environment = z.infer<typeof Environment>

/**
 * Reads the environment of gateway and worker, once.
 *
 * @throws with the name of every bad variable and what it should be, and no value: values are secrets
 */
export function readEnvironment(source: NodeJS.ProcessEnv): Environment {
  const filled = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const parsed = Environment.safeParse(filled)
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The environment is not usable:\n${lines.join('\n')}`)
  }
  if ((parsed.data.CDN_URL === undefined) !== (parsed.data.CDN_KEY === undefined)) {
    throw new Error('The environment is not usable:\n  CDN_URL, CDN_KEY: one is nothing without the other')
  }
  const { MASTER_KEY: key, MASTER_KEY_FILE: file, MASTER_KEY_URL: url } = parsed.data
  if (!key && !file && !url) {
    throw new Error(
      'The environment is not usable:\n  MASTER_KEY_FILE, MASTER_KEY or MASTER_KEY_URL: one of them is needed',
    )
  }
  return parsed.data
}
