import { readFile } from 'node:fs/promises'

/**
 * Stores DICOM files by STOW-RS in one request, as a modality or a script would.
 *
 * @param url address of the system, without a slash at the end
 * @param token API token with write scope
 * @throws {Error} with the answer when not every file was stored
 */
export async function storeFiles(url: string, token: string, files: readonly string[]): Promise<void> {
  const boundary = 'bitewing-viewer-test'
  const parts: Buffer[] = []
  for (const file of files) {
    parts.push(Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`))
    parts.push(await readFile(file), Buffer.from('\r\n'))
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`))

  const response = await fetch(`${url}/dicom-web/studies`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
    body: Buffer.concat(parts),
  })
  if (response.status !== 200) throw new Error(`STOW answered ${response.status}: ${await response.text()}`)
}
