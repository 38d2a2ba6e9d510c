/** A STOW body of DICOM files, PS3.18 §10.5.1. */
export function storeBody(files: readonly Uint8Array[], { study }: { study?: string } = {}) {
  const boundary = 'test-boundary-8d1f'
  const parts = files.flatMap((file) => [
    Buffer.from(`\r\n--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    Buffer.from(file),
  ])
  return {
    path: `/dicom-web/studies${study ? `/${study}` : ''}`,
    init: {
      method: 'POST',
      headers: { 'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}` },
      body: Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    },
  }
}
