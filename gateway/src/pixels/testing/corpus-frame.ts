import { fileSource } from '../../dicom/byte-source.ts'
import { toDicomJson } from '../../dicom/dicom-json.ts'
import { frameIndex } from '../../dicom/frame-index.ts'
import { parseDataSet } from '../../dicom/parse-instance.ts'
import { readBulkData } from '../../dicom/read-bulk-data.ts'
import { readFrame } from '../../dicom/read-frame.ts'
import { imageBulkData } from '../image-bulk-data.ts'
import { imageDescription, type DicomAttributes } from '../image-description.ts'
import type { FrameBytes, ImageDescription } from '../pixels.ts'

/** A frame of a file, read as the gateway reads it: header, DICOM JSON, bulk data, frame index. */
export async function corpusFrame(
  path: string,
  frame = 1,
): Promise<{ frame: FrameBytes; image: ImageDescription; frames: number }> {
  await using source = await fileSource(path)
  const parsed = await parseDataSet(source)
  const { json, bulkData } = toDicomJson(parsed)
  const attributes = JSON.parse(json) as DicomAttributes // what toDicomJson promises
  const bulk = new Map<string, Uint8Array>()
  for (const { path } of imageBulkData(attributes)) {
    const value = readBulkData(source, bulkData, path)
    if (value?.parts[0]) bulk.set(path, await joined(value.parts[0].stream()))
  }
  const image = imageDescription(attributes, { frame, bulkValue: (path) => bulk.get(path) })

  const index = await frameIndex(source, parsed)
  const found = index && readFrame(source, index, frame)
  if (!index || !found) throw new Error(`${path} has no frame ${frame}`)
  const bytes = await joined(found.stream())
  return { frame: { bytes, transferSyntaxUid: index.transferSyntaxUid }, image, frames: index.frames }
}

async function joined(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
