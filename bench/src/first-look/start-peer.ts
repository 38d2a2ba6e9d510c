import { existsSync } from 'node:fs'
import { cp, link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startOrthanc, type TestOrthanc } from '@bitewing/testbed'
import type { Dicomweb } from './dicomweb-peer.ts'

const plugin = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so'

export type Peer = { orthanc: TestOrthanc; dicomweb: Dicomweb; name: string }

/** Where the configuration that comes with the package (`/etc/orthanc/orthanc.json`) differs from ours. */
const shipped = {
  HttpCompressionEnabled: true,
  StorageAccessOnFind: 'Always',
  LimitFindResults: 0,
  LimitFindInstances: 0,
}

/**
 * An Orthanc of its own with its DICOMweb plugin (package orthanc-dicomweb), as durable on disk as ours is.
 *
 * @param shippedWith the storage folder of another that does not run, to begin with the same data: configured as the
 *                    package is when it has been installed. Else as fast as we know how to make it.
 */
export async function startPeer({ shippedWith }: { shippedWith?: string } = {}): Promise<Peer> {
  if (!existsSync(plugin))
    throw new Error("Orthanc's DICOMweb plugin (package orthanc-dicomweb) is not installed")
  const orthanc = await startOrthanc({
    prepare: async (directory) => {
      if (shippedWith !== undefined) await copyStorage(shippedWith, join(directory, 'storage'))
    },
    configuration: {
      ...(shippedWith === undefined ? {} : shipped),
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

/** The index is copied; files never change, and are there under two names. */
async function copyStorage(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyStorage(source, target)
    else if (entry.name.startsWith('index')) await cp(source, target)
    else await link(source, target)
  }
}
