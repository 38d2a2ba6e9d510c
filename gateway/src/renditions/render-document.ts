import type { Archive } from '../archive/archive.ts'
import { GatewayError } from '../errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { readEncapsulated } from '../originals/read-encapsulated.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { text, type Attributes } from '../study-index/attribute-values.ts'
import type { DocumentType } from './rendered-accept.ts'
import { reportHtml, reportPlainText } from './report-document.ts'
import { writePdf } from './write-pdf.ts'

/** Largest document that is given rendered, in bytes; larger ones can be had as bulk data. */
const documentBytesMax = 256 * 1024 * 1024

/** What can be read of an instance as a document, in the media types it has, the default first; [] for none. */
export function documentTypesOf({ sopClassUid }: Pick<HeldInstance, 'sopClassUid'>): readonly DocumentType[] {
  if (sopClassUid.startsWith('1.2.840.10008.5.1.4.1.1.88.'))
    return ['text/html', 'text/plain', 'application/pdf']
  if (sopClassUid === '1.2.840.10008.5.1.4.1.1.104.1') return ['application/pdf']
  return []
}

export function isPresentationState({ sopClassUid }: Pick<HeldInstance, 'sopClassUid'>): boolean {
  return sopClassUid.startsWith('1.2.840.10008.5.1.4.1.1.11.')
}

/**
 * A structured report as HTML, text or PDF, or the document inside an Encapsulated PDF, PS3.18 §8.7.4.
 *
 * @throws {GatewayError} `not-acceptable` for a type it does not have
 */
export async function renderDocument(
  ports: { archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  held: HeldInstance,
  type: DocumentType,
): Promise<Buffer> {
  const attributes = JSON.parse(held.metadata) as Attributes // our own JSON
  if (!documentTypesOf(held).includes(type)) {
    throw new GatewayError('not-acceptable', `This instance has no rendering as ${type}.`)
  }
  if (held.sopClassUid === '1.2.840.10008.5.1.4.1.1.104.1') {
    return encapsulated(ports, tenantId, held, attributes)
  }
  if (type === 'text/html') return Buffer.from(reportHtml(attributes), 'utf8')
  const plain = reportPlainText(attributes)
  if (type === 'text/plain') return Buffer.from(plain, 'utf8')
  const pdf = writePdf(plain)
  if (!pdf)
    throw new GatewayError('not-acceptable', 'This report has characters that only text and HTML can show.')
  return pdf
}

async function encapsulated(
  ports: { archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  held: HeldInstance,
  attributes: Attributes,
): Promise<Buffer> {
  const mime = text(attributes, '00420012')
  if (mime && mime.toLowerCase() !== 'application/pdf') {
    throw new GatewayError('not-acceptable', 'The document inside is not a PDF.')
  }
  const bytes = await readEncapsulated(ports, tenantId, held, attributes, documentBytesMax)
  if (bytes === null) throw new GatewayError('not-found', 'There is no document inside.')
  if (bytes === 'too-large') {
    throw new GatewayError(
      'not-acceptable',
      'This document is too large to be rendered; retrieve its bulk data.',
    )
  }
  // no PDF ends so: where its length is not said, that is padding
  return bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes
}
