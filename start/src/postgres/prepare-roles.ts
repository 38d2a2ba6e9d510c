import postgres from 'postgres'

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
  const sql = postgres(superuserUrl, { max: 1, onnotice: () => undefined })
  try {
    for (const [role, password] of [
      [ownerRole, roles.ownerPassword],
      [appRole, roles.appPassword],
    ] as const) {
      // Roles and passwords cannot be parameters of a statement; both consist of [A-Za-z0-9_-] only.
      if (!/^[\w-]+$/.test(password))
        throw new Error('A password of a database role holds an unexpected character')
      const [held] = await sql`select 1 from pg_roles where rolname = ${role}`
      await sql.unsafe(
        `${held === undefined ? 'create' : 'alter'} role ${role} login nosuperuser nocreatedb nocreaterole ` +
          `nobypassrls noreplication password '${password}'`,
      )
    }
    if (database === null) return

    const [held] = await sql`select 1 from pg_database where datname = ${database}`
    if (held === undefined) await sql`create database ${sql(database)} owner ${sql(ownerRole)}`
    await sql`revoke all on database ${sql(database)} from public`
    await sql`grant connect on database ${sql(database)} to ${sql(appRole)}`
  } finally {
    await sql.end()
  }
}
