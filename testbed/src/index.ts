export { corpusPath } from './corpus.ts'
export {
  startPostgres,
  startOwnPostgres,
  type OwnPostgres,
  type TestDatabase,
  type TestPostgres,
} from './start-postgres.ts'
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts'
export { freePort } from '@bitewing/start/machine/free-port'
