export { freePort } from '@bitewing/start/machine/free-port'
export { corpusPath } from './corpus.ts'
export { dcm2json, dcmtk, storescu, type DcmtkOutcome, type StoreOptions } from './dcmtk.ts'
export { startOrthanc, type TestOrthanc, type TestOrthancOptions } from './start-orthanc.ts'
export {
  startOwnPostgres,
  startPostgres,
  type OwnPostgres,
  type TestDatabase,
  type TestPostgres,
} from './start-postgres.ts'
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts'
export { startSystem, type Demo, type SystemOptions, type TestSystem } from './start-system.ts'
