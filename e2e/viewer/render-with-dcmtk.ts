import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { dcmtk } from '@bitewing/testbed/dcmtk'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import type { Picture } from './picture.ts'

type Options = {
  /** false leaves the stored Modality LUT Sequence (a table, not slope and intercept) out */
  modalityLut?: boolean
}

/**
 * The first frame of a DICOM file as DCMTK renders it, in the file's own first window or, without one,
 * over the range that its values can have: the truth that a viewer is compared with, made by code that
 * shares nothing with it.
 *
 * @param dicomFile uncompressed, JPEG, JPEG-LS or RLE
 * @throws {Error} with DCMTK's words when it cannot render the file
 */
export async function renderWithDcmtk(
  dicomFile: string,
  { modalityLut = true }: Options = {},
): Promise<Picture> {
  const folder = await temporaryFolder('rendering')
  try {
    // Refuses every transfer syntax but JPEG-LS, which is the one that dcmj2pnm does not read.
    const decoded = path.join(folder.path, 'decoded.dcm')
    const jpegLs = await dcmtk('dcmdjpls', [dicomFile, decoded])
    const readable = jpegLs.code === 0 ? decoded : dicomFile

    const output = path.join(folder.path, 'picture.pnm')
    const options = ['--write-raw-pnm', ...(modalityLut ? [] : ['--no-modality'])]
    let outcome = await dcmtk('dcmj2pnm', [...options, '--use-window', '1', readable, output])
    if (outcome.code !== 0) outcome = await dcmtk('dcmj2pnm', [...options, readable, output])
    if (outcome.code !== 0) throw new Error(`dcmj2pnm: ${outcome.stderr}`)
    return parsePortableAnymap(await readFile(output))
  } finally {
    await folder.remove()
  }
}

/** Binary PGM (P5) and PPM (P6) with 8 bits a sample, as DCMTK writes them. */
function parsePortableAnymap(bytes: Buffer): Picture {
  const header = /^(P5|P6)\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 64))
  if (!header) throw new Error('DCMTK wrote no 8-bit PGM or PPM')
  const [all, kind, width, height] = header
  const pixels = bytes.subarray(all.length)
  const samples = kind === 'P6' ? new Uint8Array(pixels) : new Uint8Array(pixels.length * 3)
  if (kind === 'P5') pixels.forEach((grey, index) => samples.fill(grey, index * 3, index * 3 + 3))
  return { width: Number(width), height: Number(height), samples }
}
