import type { SizedStream } from './byte-stream.ts'
import type { ByteSource } from './byte-source.ts'
import type { ParsedInstance } from './data-set.ts'
import { explicitVrLittleEndian } from './transfer-syntax.ts'
import { writeInstance } from './write-instance.ts'

/**
 * An Implicit VR, Big Endian or Deflated file as Explicit VR Little Endian, streamed: the others are never sent,
 * PS3.18 §8.7.3.
 *
 * @throws {Error} when pixel data are encapsulated: such a file leaves as it is, or decoded by `writeInstance`
 */
export function toExplicitVrLittleEndian(source: ByteSource, parsed: ParsedInstance): SizedStream {
  if (parsed.pixelData?.fragments) throw new Error('Encapsulated pixel data cannot be written as native')
  return writeInstance(source, parsed, { transferSyntaxUid: explicitVrLittleEndian })
}
