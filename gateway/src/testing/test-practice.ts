import {
  closeDatabase,
  connectDatabase,
  createApiToken,
  createSessions,
  createTenant,
  createUser,
  sessionCookieName,
  type TokenScope,
} from '@bitewing/db'
import type { TenantRole } from '@bitewing/db/schema'
import { generateDataKey, wrapDataKey } from '../object-store/index.ts'

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
  const withOwner = async <T>(work: (db: ReturnType<typeof connectDatabase>) => Promise<T>) => {
    const db = connectDatabase(database.ownerUrl, 1)
    try {
      return await work(db)
    } finally {
      await closeDatabase(db)
    }
  }
  const { id } = await withOwner((db) =>
    createTenant(db, {
      slug,
      name: `Clinique ${slug}`,
      aeTitle,
      wrapDataKey: (tenantId) => wrapDataKey({ masterKey, tenantId, dataKey: generateDataKey() }),
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
