import type { OutgoingPart } from '../dicom/multipart/write-multipart.ts'
import { resolveBulkDataUris } from '../dicom/resolve-bulk-data-uris.ts'
import { toNativeXml, type JsonAttributes } from '../dicom/to-native-xml.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { instanceUrl } from './dicomweb-url.ts'

export type WithMetadata = Pick<
  HeldInstance,
  'studyInstanceUid' | 'seriesInstanceUid' | 'sopInstanceUid' | 'metadata'
>

/** An instance's metadata as XML, PS3.18 §10.4.1.1.2. */
export function metadataXml(held: WithMetadata, dicomwebRoot: string): string {
  const json = resolveBulkDataUris(held.metadata, `${instanceUrl(dicomwebRoot, held)}/bulkdata/`)
  return toNativeXml(JSON.parse(json) as JsonAttributes) // our own JSON
}

/** One part for each instance, made as the client reads. */
export async function* metadataXmlParts(
  held: Iterable<WithMetadata> | AsyncIterable<WithMetadata>,
  dicomwebRoot: string,
): AsyncGenerator<OutgoingPart> {
  for await (const one of held) {
    yield { contentType: 'application/dicom+xml', body: Buffer.from(metadataXml(one, dicomwebRoot), 'utf8') }
  }
}
