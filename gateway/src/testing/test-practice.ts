import {
  closeDatabase,
  connectDatabase,
  createApiToken,
  createSessions,
  createTenant,
  createUser,
  sessionCookieName,
  type Database,
  type TokenScope,
} from '@bitewing/db'
import type { TenantRole } from '@bitewing/db/schema'
import { createLocalMasterKey, generateDataKey, wrapDataKey } from '../object-store/index.ts'

export type TestPractice = {
  id: string
  slug: string
  aeTitle: string
  /** bearer token of those scopes */
  token(scopes: TokenScope[], expiresAt?: Date): Promise<string>
  /** Cookie header of somebody logged in */
  cookie(role: TenantRole): Promise<string>
  user(role: TenantRole): Promise<{ id: string; email: string; password: string }>
}

/** A practice with its own key, and ways to ask as its people and machines. */
export async function createTestPractice(
  database: { ownerUrl: string; appUrl: string },
  masterKey: Buffer,
  slug: string,
): Promise<TestPractice> {
  const aeTitle = slug.toUpperCase().slice(0, 16)
  const withOwner = <T>(work: (db: Database) => Promise<T>) => asOwner(database, work)
  const { id } = await withOwner((db) =>
    createTenant(db, {
      slug,
      name: `Clinique ${slug}`,
      aeTitle,
      wrapDataKey: (tenantId) =>
        wrapDataKey({
          masterKey: createLocalMasterKey(masterKey),
          tenantId,
          dataKey: generateDataKey(),
        }),
    }),
  )
  let users = 0
  const user = async (role: TenantRole) => {
    const email = `${role}-${++users}@${slug}.test`
    const password = `correct horse ${users}`
    const made = await withOwner((db) =>
      createUser(db, {
        email,
        name: `${role} ${users}`,
        password,
        isOperator: false,
        membership: { tenantId: id, role },
      }),
    )
    return { id: made.id, email, password }
  }
  return {
    id,
    slug,
    aeTitle,
    user,
    token: (scopes, expiresAt) =>
      withOwner((db) =>
        createApiToken(db, { tenantId: id, name: 'test', scopes, expiresAt: expiresAt ?? null }),
      ),
    async cookie(role) {
      const { id: userId } = await user(role)
      return withOwner(async (db) => {
        const { cookie } = await createSessions({ db, secure: false }).open(userId)
        return `${sessionCookieName}=${cookie.value}`
      })
    },
  }
}

/** Cookie header of an operator, who belongs to no practice. */
export function createOperatorCookie(database: { ownerUrl: string }): Promise<string> {
  return asOwner(database, async (db) => {
    const { id } = await createUser(db, {
      email: 'operator@system.test',
      name: 'Operator',
      password: 'correct horse operator',
      isOperator: true,
      membership: null,
    })
    const { cookie } = await createSessions({ db, secure: false }).open(id)
    return `${sessionCookieName}=${cookie.value}`
  })
}

async function asOwner<T>(
  { ownerUrl }: { ownerUrl: string },
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const db = connectDatabase(ownerUrl, 1)
  try {
    return await work(db)
  } finally {
    await closeDatabase(db)
  }
}
