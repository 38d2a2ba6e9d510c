import type { TestOrthanc } from '@bitewing/testbed'
import type { Dicomweb } from '../first-look/dicomweb-peer.ts'
import type { NamedFile } from '../first-look/copies-of-panoramic.ts'

const boundary = 'bitewing-benchmark'

/** PS3.18 §10.5 Store transaction of many files in one streamed body. @throws unless all were stored */
export async function storeInOneBody(
  { root, authorization }: Dicomweb,
  files: Iterable<NamedFile>,
): Promise<void> {
  async function* body() {
    for (const { bytes } of files) {
      yield Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`)
      yield bytes
      yield Buffer.from('\r\n')
    }
    yield Buffer.from(`--${boundary}--\r\n`)
  }
  const response = await fetch(`${root}/studies`, {
    method: 'POST',
    headers: {
      Authorization: authorization,
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
    body: ReadableStream.from(body()),
    duplex: 'half',
  })
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`STOW answered ${response.status}`)
}

/** Each file by `POST /instances` of Orthanc's native API. @throws unless all were stored */
export async function postOneByOne(
  { url, authorization }: Pick<TestOrthanc, 'url' | 'authorization'>,
  files: readonly NamedFile[],
  connections: number,
): Promise<void> {
  const waiting = [...files]
  const poster = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const response = await fetch(`${url}/instances`, {
        method: 'POST',
        headers: { Authorization: authorization, 'Content-Type': 'application/dicom' },
        body: file.bytes as Uint8Array<ArrayBuffer>, // allocated by Buffer, never shared
      })
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`/instances answered ${response.status}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, poster))
}
