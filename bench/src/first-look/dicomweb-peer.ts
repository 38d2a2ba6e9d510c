/** A DICOMweb server under measurement. */
export type Dicomweb = {
  /** Root of its DICOMweb resources, without a slash at the end. */
  root: string
  authorization: string
}

export type Answer = { status: number; bytes: Buffer }

/** One request, its answer read to the end. @throws unless it answers 200 (or 404, with `mayBeAbsent`) */
export async function get(
  { root, authorization }: Dicomweb,
  path: string,
  accept: string,
  { mayBeAbsent = false } = {},
): Promise<Answer> {
  const response = await fetch(`${root}${path}`, {
    headers: { Authorization: authorization, Accept: accept },
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  if (response.status !== 200 && !(mayBeAbsent && response.status === 404)) {
    throw new Error(`${path.replace(/\?.*/, '')} answered ${response.status}`)
  }
  return { status: response.status, bytes }
}

/** PS3.18 §10.5 Store transaction. @throws unless everything was stored */
export async function stow({ root, authorization }: Dicomweb, files: readonly Buffer[]): Promise<void> {
  const boundary = 'bitewing-benchmark'
  const response = await fetch(`${root}/studies`, {
    method: 'POST',
    headers: {
      Authorization: authorization,
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
    body: Buffer.concat([
      ...files.flatMap((file) => [
        Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
        file,
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]),
  })
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`STOW answered ${response.status}`)
}

/** Whether a search finds the study. */
export async function findsStudy(server: Dicomweb, study: string): Promise<boolean> {
  const { bytes } = await get(server, `/studies?StudyInstanceUID=${study}&limit=25`, 'application/dicom+json')
  const found = JSON.parse(bytes.toString('utf8')) as unknown[] // PS3.18 §10.6.3: an array
  return found.length > 0
}
