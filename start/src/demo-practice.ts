import { randomInt } from 'node:crypto'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  closeDatabase,
  connectDatabase,
  createApiToken,
  createAudit,
  createTenant,
  createUser,
  findTenant,
  type Database,
} from '@bitewing/db'
import { generateDataKey, openMasterKeys, wrapDataKey } from '@bitewing/gateway/operations'
import { z } from 'zod'

const DemoUser = z.object({ email: z.string(), password: z.string(), role: z.string() })
const DemoFile = z.object({
  url: z.string(),
  tenant: z.literal('demo'),
  users: z.array(DemoUser),
  token: z.string(),
  aeTitle: z.string(),
})
const Plan = DemoFile.omit({ token: true })

/** What `${DATA_DIR}/demo.json` says; people's scripts read it, so its names stay. */
export type DemoPractice = z.infer<typeof DemoFile>

type Options = {
  dataFolder: string
  /** Where to log in. */
  url: string
  /** DATABASE_OWNER_URL and the master key among them. */
  environment: Readonly<Record<string, string>>
}

const people = [
  { role: 'owner', email: 'owner@demo.example', name: 'Hélène Bouchard' },
  { role: 'dentist', email: 'dentist@demo.example', name: 'Marc Gagné' },
  { role: 'assistant', email: 'assistant@demo.example', name: 'Maude Pelletier' },
  { role: 'front-desk', email: 'front-desk@demo.example', name: 'Josée Tremblay' },
  { role: 'auditor', email: 'auditor@demo.example', name: 'Louis Fortin' },
] as const
const operator = { role: 'operator', email: 'operator@demo.example', name: 'Système' } as const

/**
 * The demo practice with its people and token: made on a system that has no practice yet, found again afterwards.
 *
 * Passwords and token are random and stand in `demo.json` alone, which only this user reads. What is planned is
 * noted first, so that a first start that was cut off is finished by the next one.
 *
 * @returns the practice, and whether this call made it; null where practices exist that are not the demo's
 */
export async function demoPractice(options: Options): Promise<{ demo: DemoPractice; made: boolean } | null> {
  const { dataFolder, url, environment } = options
  const file = join(dataFolder, 'demo.json')
  const planFile = join(dataFolder, 'secrets', 'demo-plan.json')
  const found = await readJson(file)
  if (found !== null) return { demo: DemoFile.parse(found), made: false }
  const ownerUrl = environment['DATABASE_OWNER_URL']
  if (ownerUrl === undefined) return null

  const db = connectDatabase(ownerUrl, 1)
  try {
    const planned = await readJson(planFile)
    if (planned === null && (await hasPractices(db))) return null
    const plan = planned === null ? newPlan(url) : Plan.parse(planned)
    await writeSecretly(planFile, plan)

    const tenantId =
      (await findTenant(db, plan.tenant))?.id ?? (await makeTenant(db, plan.aeTitle, environment))
    for (const { role, email, name } of people) {
      const password = plan.users.find((user) => user.email === email)?.password ?? newPassword()
      await createUser(db, {
        email,
        name,
        password,
        isOperator: false,
        locale: 'fr',
        membership: { tenantId, role },
      })
    }
    const password = plan.users.find((user) => user.email === operator.email)?.password ?? newPassword()
    await createUser(db, { ...operator, password, isOperator: true, locale: 'fr', membership: null })
    const token = await createApiToken(db, {
      tenantId,
      name: 'demo.json',
      scopes: ['read', 'write', 'delete'],
      expiresAt: null,
    })

    const demo: DemoPractice = { ...plan, token }
    await writeSecretly(file, demo)
    return { demo, made: true }
  } finally {
    await closeDatabase(db)
  }
}

async function makeTenant(
  db: Database,
  aeTitle: string,
  environment: Options['environment'],
): Promise<string> {
  const masterKeys = await openMasterKeys(environment)
  const [masterKey] = masterKeys
  const { id } = await createTenant(db, {
    slug: 'demo',
    name: 'Clinique dentaire du Vieux-Québec (démo)',
    aeTitle,
    locale: 'fr',
    wrapDataKey: (tenantId) => wrapDataKey({ masterKey, tenantId, dataKey: generateDataKey() }),
  }).finally(() => {
    for (const key of masterKeys) key.close()
  })
  await createAudit({ db }).record({
    tenantId: id,
    kind: 'settings.changed',
    outcome: 'success',
    actor: { kind: 'system', id: null },
    detail: { what: 'tenant created' },
  })
  return id
}

function newPlan(url: string): z.infer<typeof Plan> {
  const users = [...people, operator].map(({ email, role }) => ({ email, password: newPassword(), role }))
  return { url, tenant: 'demo', users, aeTitle: 'DEMO' }
}

/** 16 letters and digits that nobody mistakes for each other, in fours: 78 bits. */
function newPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const four = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')
  return [four(), four(), four(), four()].join('-')
}

async function hasPractices(db: Database): Promise<boolean> {
  const {
    rows: [row],
  } = await db.client.query<{ held: boolean }>(`select exists (select 1 from tenants) as held`)
  return row?.held === true
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => null)
  return text === null ? null : JSON.parse(text)
}

async function writeSecretly(path: string, content: unknown): Promise<void> {
  const unfinished = `${path}.unfinished`
  await writeFile(unfinished, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true })
  await chmod(unfinished, 0o600)
  await rename(unfinished, path)
}
