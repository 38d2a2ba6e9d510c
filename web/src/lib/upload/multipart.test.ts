import { expect, test } from 'vitest'
import { stowBody } from './multipart.ts'

test('the file lies between the boundaries, byte for byte', async () => {
  const file = Uint8Array.from({ length: 4096 }, (_, index) => index % 256)
  const { body, contentType } = stowBody(new Blob([file]))
  const boundary = /^multipart\/related; type="application\/dicom"; boundary="([^"]+)"$/.exec(
    contentType,
  )?.[1]
  const whole = Buffer.from(await body.arrayBuffer())
  const before = `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`
  const after = `\r\n--${boundary}--\r\n`
  expect(whole.subarray(0, before.length).toString()).toBe(before)
  expect(whole.subarray(before.length, -after.length)).toEqual(Buffer.from(file))
  expect(whole.subarray(-after.length).toString()).toBe(after)
})
