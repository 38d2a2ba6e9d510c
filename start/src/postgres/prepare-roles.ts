import pg from 'pg'

export type Roles = { ownerPassword: string; appPassword: string }

/** Owns the schema and runs migrations; no process that serves requests knows its password. */
export const ownerRole = 'bitewing_owner'

/** What gateway, worker and web connect as: owns nothing, and row-level security always applies to it. */
export const appRole = 'bitewing_app'

/**
 * Makes both roles and the database, or sets their passwords again where they exist.
 *
 * @param superuserUrl connection URL of the superuser, to the database `postgres`
 * @param roles        passwords made by `randomSecret`
 * @param database     its name; null makes the roles alone
 */
export async function prepareRoles(
  superuserUrl: string,
  roles: Roles,
  database: string | null,
): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  const exists = async (query: string, name: string) => (await client.query(query, [name])).rows.length > 0
  try {
    for (const [role, password] of [
      [ownerRole, roles.ownerPassword],
      [appRole, roles.appPassword],
    ] as const) {
      // Roles and passwords cannot be parameters of a statement; both consist of [A-Za-z0-9_-] only.
      if (!/^[\w-]+$/.test(password))
        throw new Error('A password of a database role holds an unexpected character')
      const held = await exists('select 1 from pg_roles where rolname = $1', role)
      await client.query(
        `${held ? 'alter' : 'create'} role ${role} login nosuperuser nocreatedb nocreaterole ` +
          `nobypassrls noreplication password '${password}'`,
      )
    }
    if (database === null) return

    const name = pg.escapeIdentifier(database)
    const held = await exists('select 1 from pg_database where datname = $1', database)
    if (!held) await client.query(`create database ${name} owner ${ownerRole}`)
    await client.query(`revoke all on database ${name} from public`)
    await client.query(`grant connect on database ${name} to ${appRole}`)
  } finally {
    await client.end()
  }
}
