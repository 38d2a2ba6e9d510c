import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MultipartError } from './multipart-error.ts'
import { parseMultipart } from './parse-multipart.ts'
import type { MultipartLimits } from './parse-multipart.ts'
import { writeMultipart } from './write-multipart.ts'

async function* inChunks(body: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let position = 0
  for (let i = 0; position < body.byteLength; i++) {
    const size = sizes.length === 0 ? body.byteLength : (sizes[i % sizes.length] ?? 1)
    yield body.subarray(position, position + size)
    position += size
  }
}

type Read = { headers: Record<string, string>; body: string }

async function read(
  body: string | Uint8Array,
  {
    boundary = 'b',
    sizes = [],
    ...limits
  }: { boundary?: string; sizes?: readonly number[] } & Partial<MultipartLimits> = {},
): Promise<Read[]> {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
  const parts: Read[] = []
  for await (const part of parseMultipart(inChunks(bytes, sizes), { boundary, ...limits })) {
    const chunks: Uint8Array[] = []
    for await (const chunk of part.body) chunks.push(Buffer.from(chunk))
    parts.push({ headers: Object.fromEntries(part.headers), body: Buffer.concat(chunks).toString('latin1') })
  }
  return parts
}

async function codeOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading
    return 'read'
  } catch (error) {
    if (error instanceof MultipartError) return error.code
    throw error
  }
}

const one = [{ headers: { 'content-type': 'application/dicom' }, body: 'DICM' }]
const header = 'Content-Type: application/dicom\r\n\r\n'

describe('what clients send is read', () => {
  test.each([
    ['plainly', `--b\r\n${header}DICM\r\n--b--\r\n`],
    ['with a line break first', `\r\n--b\r\n${header}DICM\r\n--b--`],
    ['with a preamble and an epilogue', `hello\r\n--b\r\n${header}DICM\r\n--b--\r\nbye\r\n--b\r\n`],
    ['with spaces behind boundaries', `--b \t\r\n${header}DICM\r\n--b  \r\n${header}x\r\n--b--`],
    [
      'with header names in any case and folded lines',
      `--b\r\ncontent-TYPE:\r\n application/dicom\r\n\r\nDICM\r\n--b--`,
    ],
  ])('%s', async (_, body) => {
    expect((await read(body)).slice(0, 1)).toEqual(one)
  })

  test('a boundary that begins a longer word is content', async () => {
    const content = 'x\r\n--bc\r\n--b-\r\n--b\rY'
    expect(await read(`--b\r\n\r\n${content}\r\n--b--`)).toEqual([{ headers: {}, body: content }])
    expect(await read(`--b\r\n${header}--bc\r\n--b--`)).toMatchObject([{ body: '--bc' }])
  })

  test('parts without header, without body, and with line breaks alone', async () => {
    expect(
      await read('--b\r\n\r\n\r\n--b\r\n\r\n--b\r\nA: 1\r\n\r\n--b\r\nA: 2\r\n\r\n\r\n\r\n--b--'),
    ).toEqual([
      { headers: {}, body: '' },
      { headers: {}, body: '' },
      { headers: { a: '1' }, body: '' },
      { headers: { a: '2' }, body: '\r\n' },
    ])
    expect(await read('--b--')).toEqual([])
  })

  test('the content type of a part is taken apart', async () => {
    const body = `--b\r\nContent-Type: application/octet-stream; Transfer-Syntax="1.2"\r\n\r\n\r\n--b--`
    for await (const part of parseMultipart(inChunks(Buffer.from(body), []), { boundary: 'b' })) {
      expect(part.contentType?.essence).toBe('application/octet-stream')
      expect(part.contentType?.parameters.get('transfer-syntax')).toBe('1.2')
    }
  })

  test('a part that is not read, or not to its end, is skipped', async () => {
    const body = Buffer.from(`--b\r\n${header}${'x'.repeat(500)}\r\n--b\r\n${header}second\r\n--b--`)
    const bodies: string[] = []
    let number = 0
    for await (const part of parseMultipart(inChunks(body, [50]), { boundary: 'b' })) {
      if (++number === 1) {
        for await (const _ of part.body) break
        continue
      }
      for await (const chunk of part.body) bodies.push(Buffer.from(chunk).toString())
    }
    expect(bodies.join('')).toBe('second')
  })
})

describe('what is wrong has a code', () => {
  test.each([
    ['truncated', `--b\r\n${header}DICM`],
    ['truncated', `--b\r\n${header}DICM\r\n--b`],
    ['truncated', `--b\r\n${header}DICM\r\n--b-`],
    ['truncated', `--b\r\n${header}DICM\r\n--b\r\n`],
    ['truncated', `--b\r\nContent-Type: appl`],
    ['boundary-not-found', ''],
    ['boundary-not-found', `--other\r\n${header}DICM\r\n--other--`],
    ['boundary-not-found', `${'x'.repeat(70_000)}\r\n--b\r\n${header}DICM\r\n--b--`],
    ['malformed-header', '--b\r\nno colon here\r\n\r\nx\r\n--b--'],
    ['malformed-header', '--b\r\n: nameless\r\n\r\nx\r\n--b--'],
    ['malformed-header', '--b\r\nA: 1\0\r\n\r\nx\r\n--b--'],
    ['header-too-long', `--b\r\nA: ${'x'.repeat(20_000)}\r\n\r\nx\r\n--b--`],
    ['header-too-long', `--b\r\n${'A: 1\r\n'.repeat(20_000)}`],
  ])('%s', async (code, body) => {
    expect(await codeOf(read(body))).toBe(code)
    expect(await codeOf(read(body, { sizes: [1000] }))).toBe(code)
  })

  test.each([[undefined], [''], ['a\r\nb'], ['x'.repeat(300)]])(
    'a boundary %j is missing',
    async (boundary) => {
      const parts = parseMultipart(inChunks(Buffer.from('x'), []), { boundary })
      await expect(parts.next()).rejects.toMatchObject({ code: 'boundary-missing' })
    },
  )

  test('limits of parts and bytes hold for parts that are read and that are skipped', async () => {
    const body = `--b\r\n${header}0123456789\r\n--b\r\n${header}x\r\n--b--`
    expect(await codeOf(read(body, { partsMax: 1 }))).toBe('too-many-parts')
    expect(await codeOf(read(body, { partsMax: 2 }))).toBe('read')
    expect(await codeOf(read(body, { partBytesMax: 9 }))).toBe('part-too-large')
    expect(await codeOf(read(body, { partBytesMax: 10, sizes: [3] }))).toBe('read')
    const skipping = async () => {
      for await (const _ of parseMultipart(inChunks(Buffer.from(body), [3]), {
        boundary: 'b',
        partBytesMax: 9,
      }));
    }
    expect(await codeOf(skipping())).toBe('part-too-large')
  })
})

describe('chunks', () => {
  // Content made of pieces that nearly are boundaries.
  const piece = fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '--',
    '-',
    'b',
    'bound',
    'boundary',
    '\r\n--boundar',
    '\r\n--boundaryx',
    'x',
    '\0',
  )
  const content = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })

  test('wherever a body is cut into chunks, its parts are the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(content, { maxLength: 4 }), sizes, async (contents, cut) => {
        // A body that holds its own boundary would be another body.
        fc.pre(contents.every((each) => !/\r\n--boundary(?:--|[ \t]*\r\n|$)/.test(`\r\n${each}\r\n`)))
        const parts = contents.map((each) => ({
          contentType: 'text/plain',
          body: Buffer.from(each, 'latin1'),
        }))
        const written: Uint8Array[] = []
        for await (const chunk of writeMultipart(parts, { boundary: 'boundary' }).stream())
          written.push(chunk)
        const body = Buffer.concat(written)
        const expected = contents.map((each) => ({ headers: { 'content-type': 'text/plain' }, body: each }))
        if (contents.length === 0) return
        expect(await read(body, { boundary: 'boundary', sizes: cut })).toEqual(expected)
      }),
      { numRuns: 800 },
    )
  })

  test('wherever any bytes are cut into chunks, the outcome is the same', async () => {
    const any = fc.array(
      fc.oneof(
        piece,
        fc.constantFrom('\r\n--boundary\r\n', '--boundary', '--boundary--', 'A: 1\r\n', '\r\n\r\n'),
      ),
      {
        maxLength: 30,
      },
    )
    const outcome = async (body: string, cut: number[]) => {
      try {
        return await read(body, { boundary: 'boundary', sizes: cut })
      } catch (error) {
        if (error instanceof MultipartError) return error.code
        throw error
      }
    }
    await fc.assert(
      fc.asyncProperty(any, sizes, async (pieces, cut) => {
        const body = pieces.join('')
        expect(await outcome(body, cut)).toEqual(await outcome(body, []))
      }),
      { numRuns: 2000 },
    )
  })

  test('chunks are passed on without copying, and the next is not asked for before', async () => {
    let asked = 0
    async function* body() {
      asked += 1
      yield Buffer.from(`--b\r\n${header}`)
      for (let i = 0; i < 100; i++) {
        asked += 1
        yield Buffer.alloc(64 * 1024, 'x')
      }
      yield Buffer.from('\r\n--b--')
    }
    let got = 0
    for await (const part of parseMultipart(body(), { boundary: 'b' })) {
      for await (const chunk of part.body) {
        got += chunk.byteLength
        expect(asked * 64 * 1024 - got).toBeLessThanOrEqual(2 * 64 * 1024)
      }
    }
    expect(got).toBe(100 * 64 * 1024)
  })
})
