import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

export type MinimalConfiguration = {
  directory: string
  folder: string
  httpPort: number
  dicomPort: number
  user: string
  password: string
  durable?: boolean
}

/** An Orthanc that stores and answers over its native REST API, and refuses everything else. */
export async function minimalConfiguration(options: MinimalConfiguration): Promise<Record<string, unknown>> {
  const { directory, folder, httpPort, dicomPort, user, password, durable = true } = options
  for (const name of ['storage', 'temporary'])
    await mkdir(join(directory, name), { recursive: true, mode: 0o700 })
  return {
    Name: 'Bitewing',
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'storage'),
    TemporaryDirectory: join(folder, 'temporary'),
    HttpPort: httpPort,
    DicomPort: dicomPort,
    DicomAet: 'BITEWING',
    DicomCheckCalledAet: false,
    UnknownSopClassAccepted: true,
    DicomAlwaysAllowEcho: true,
    DicomAlwaysAllowStore: true,
    DicomAlwaysAllowFind: false,
    DicomAlwaysAllowGet: false,
    DicomAlwaysAllowMove: false,
    DicomModalitiesInDatabase: true,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: true,
    RegisteredUsers: { [user]: password },
    OverwriteInstances: false,
    StableAge: 2,
    OrthancExplorerEnabled: false,
    WebDavEnabled: false,
    SyncStorageArea: durable,
    Plugins: [],
  }
}
