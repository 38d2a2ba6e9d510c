import { fileSource, type ByteSource } from '../../dicom/byte-source.ts'
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
  const { attributes, bulkValue } = await attributesOf(source, parsed, (found) =>
    imageBulkData(found).map(({ path }) => path),
  )
  const image = imageDescription(attributes, { frame, bulkValue })

  const index = await frameIndex(source, parsed)
  const found = index && readFrame(source, index, frame)
  if (!index || !found) throw new Error(`${path} has no frame ${frame}`)
  const bytes = await joined(found.stream())
  return { frame: { bytes, transferSyntaxUid: index.transferSyntaxUid }, image, frames: index.frames }
}

/** A file's attributes with the bulk data that is wanted of it. */
export async function corpusAttributes(path: string, wanted: (attributes: DicomAttributes) => string[]) {
  await using source = await fileSource(path)
  return await attributesOf(source, await parseDataSet(source), wanted)
}

async function attributesOf(
  source: ByteSource,
  parsed: Awaited<ReturnType<typeof parseDataSet>>,
  wanted: (attributes: DicomAttributes) => string[],
) {
  const { json, bulkData } = toDicomJson(parsed)
  const attributes = JSON.parse(json) as DicomAttributes // what toDicomJson promises
  const bulk = new Map<string, Uint8Array>()
  for (const path of wanted(attributes)) {
    const value = readBulkData(source, bulkData, path)
    if (value?.parts[0]) bulk.set(path, await joined(value.parts[0].stream()))
  }
  return { attributes, bulkValue: (path: string) => bulk.get(path) }
}

async function joined(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
