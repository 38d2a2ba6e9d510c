import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerReader, runLoad } from './load-client.ts'
import { startNullServer } from './start-null-server.ts'

const body = 'x'.repeat(1000)
const answers: [form: string, text: string, ends: boolean][] = [
  ['counted', `HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${body}`, false],
  [
    'in chunks',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3E7;a=b\r\n${body.slice(1)}\r\n1\r\nx\r\n0\r\n\r\n`,
    false,
  ],
  ['to the end of the connection', `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body}`, true],
]

test.each(answers)('an answer %s is followed to its end, however it is cut', (_, text, ends) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }), (sizes) => {
      const bytes = Buffer.from(text)
      const reader = answerReader()
      let answer = null
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        expect(answer).toBeNull()
        const size = sizes[turn % sizes.length] ?? 1
        answer = reader.push(bytes.subarray(at, at + size))
        at += size
      }
      expect(answer ?? reader.end()).toMatchObject({ status: 200, bytes: 1000, closed: ends })
    }),
  )
})

test("the headers of a body's first part are not taken for the answer's", () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=b\r\nConnection: close\r\n\r\n'
  const parts = '--b\r\nContent-Length: 3\r\n\r\nabc\r\n--b\r\nContent-Length: 3\r\n\r\ndef\r\n--b--'
  const reader = answerReader()
  expect(reader.push(Buffer.from(head + parts))).toBeNull()
  expect(reader.end()).toMatchObject({ status: 200, bytes: parts.length, closed: true })
})

test('an answer that is cut short is none, and an empty one is one', () => {
  const reader = answerReader()
  expect(reader.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345'))).toBeNull()
  expect(reader.end()).toBeNull()
  const empty = answerReader().push(Buffer.from('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'))
  expect(empty).toMatchObject({ status: 204, bytes: 0 })
})

test('the client counts what it received from a real server, on every connection', async () => {
  const server = await startNullServer(100_000)
  try {
    const result = await runLoad({
      origin: server.origin,
      paths: ['/'],
      headers: {},
      connections: 3,
      durationMs: 100,
      seed: 1,
    })
    expect(result.requests).toBeGreaterThan(3)
    expect(result.bytes).toBe(result.requests * 100_000)
    expect(result.otherStatuses).toEqual({})
  } finally {
    server.close()
  }
})

test('without a seed every path is asked for once', async () => {
  const server = await startNullServer(10)
  try {
    const paths = Array.from({ length: 20 }, (_, n) => `/${n}`)
    const result = await runLoad({
      origin: server.origin,
      paths,
      headers: {},
      connections: 3,
      durationMs: 60_000,
    })
    expect(result.requests).toBe(20)
  } finally {
    server.close()
  }
})
