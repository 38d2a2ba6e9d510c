import { z } from 'zod'

const Environment = z.object({
  DATABASE_OWNER_URL: z.string(),
  DATABASE_URL: z.string(),
  ORTHANC_URL: z.string(),
  STORAGE_URL: z.string(),
  STORAGE_RESIDENCY_DECISION: z.string().optional(),
  STORAGE_PRICES: z.string().optional(),
  MASTER_KEY: z.string().optional(),
  MASTER_KEY_FILE: z.string().optional(),
  MASTER_KEY_URL: z.string().optional(),
  MASTER_KEY_PREVIOUS: z.string().optional(),
  MASTER_KEY_PREVIOUS_FILE: z.string().optional(),
  MASTER_KEY_PREVIOUS_URL: z.string().optional(),
  KMS_ACCESS_KEY_ID: z.string().optional(),
  KMS_SECRET_ACCESS_KEY: z.string().optional(),
  KMS_SESSION_TOKEN: z.string().optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  AZURE_STORAGE_ACCOUNT: z.string().optional(),
  AZURE_STORAGE_KEY: z.string().optional(),
  AZURE_STORAGE_SAS_TOKEN: z.string().optional(),
  GOOGLE_APPLICATION_CREDENTIALS: z.string().optional(),
})
export type Environment = z.infer<typeof Environment>

/** The configured system. @throws naming every variable that is missing, and no value */
export function readEnvironment(source: NodeJS.ProcessEnv): Environment {
  const parsed = Environment.safeParse(source)
  if (parsed.success) return parsed.data
  const names = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new Error(`There is no system to talk to: start it with "npm start", or set ${names}.`)
}
