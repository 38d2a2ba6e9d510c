/**
 * One DICOM file as the body of a Store transaction; the file stays on the disk until it is sent.
 *
 * @see DICOM PS3.18 §10.5, §8.7.1 (multipart/related)
 */
export function stowBody(file: Blob): { body: Blob; contentType: string } {
  const boundary = `bitewing-${crypto.randomUUID()}`
  return {
    body: new Blob([
      `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`,
      file,
      `\r\n--${boundary}--\r\n`,
    ]),
    contentType: `multipart/related; type="application/dicom"; boundary="${boundary}"`,
  }
}
