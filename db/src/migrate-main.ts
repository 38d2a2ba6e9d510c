import { migrate } from './migrate.ts'

/** Brings the database that DATABASE_OWNER_URL names up to date; run before gateway, worker and web start. */
const ownerUrl = process.env['DATABASE_OWNER_URL']
if (!ownerUrl) {
  process.stderr.write("DATABASE_OWNER_URL is needed: the postgres:// URL of the schema's owner.\n")
  process.exit(2)
}
await migrate({ ownerUrl })
process.stdout.write('The database is up to date.\n')
