import { existsSync } from 'node:fs'
import { startOrthanc, type TestOrthanc } from '@bitewing/testbed'
import type { Dicomweb } from './dicomweb-peer.ts'

const plugin = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so'

export type Peer = { orthanc: TestOrthanc; dicomweb: Dicomweb; name: string }

/** An Orthanc of its own with its DICOMweb plugin (package orthanc-dicomweb), as durable on disk as ours is. */
export async function startPeer(): Promise<Peer> {
  if (!existsSync(plugin))
    throw new Error("Orthanc's DICOMweb plugin (package orthanc-dicomweb) is not installed")
  const orthanc = await startOrthanc({
    configuration: {
      Plugins: [plugin],
      SyncStorageArea: true,
      DicomWeb: { Enable: true, Root: '/dicom-web/', EnableWado: false, Ssl: false },
    },
  })
  const version = async (path: string) => {
    const response = await fetch(`${orthanc.url}${path}`, {
      headers: { Authorization: orthanc.authorization },
    })
    const { Version } = (await response.json()) as { Version: string } // Orthanc's REST API
    return Version
  }
  return {
    orthanc,
    dicomweb: { root: `${orthanc.url}/dicom-web`, authorization: orthanc.authorization },
    name: `Orthanc ${await version('/system')}, DICOMweb plugin ${await version('/plugins/dicom-web')}`,
  }
}
