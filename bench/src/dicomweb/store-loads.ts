import { once } from 'node:events'
import { Agent, request, type ClientRequest } from 'node:http'
import type { TestOrthanc } from '@bitewing/testbed'
import type { Dicomweb } from '../first-look/dicomweb-peer.ts'
import type { NamedFile } from '../first-look/copies-of-panoramic.ts'

// `fetch` costs the client more for each file than Orthanc's work on it does: 5.5 ms of processor time beside 4.4.

const boundary = 'bitewing-benchmark'

/** PS3.18 §10.5 Store transaction of many files in one streamed body. @throws unless all were stored */
export async function storeInOneBody(
  { root, authorization }: Dicomweb,
  files: Iterable<NamedFile>,
): Promise<void> {
  const asked = request(`${root}/studies`, {
    method: 'POST',
    agent: false,
    headers: {
      Authorization: authorization,
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
  })
  const answered = answerOf(asked)
  answered.catch(() => undefined) // awaited below
  for (const { bytes } of files) {
    asked.write(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`)
    asked.write(bytes)
    if (!asked.write('\r\n')) await Promise.race([once(asked, 'drain'), answered])
  }
  asked.end(`--${boundary}--\r\n`)
  const { status, body } = await answered
  if (status !== 200) throw new Error(`STOW answered ${status}: ${body}`)
}

/** Each file by `POST /instances` of Orthanc's native API. @throws unless all were stored */
export async function postOneByOne(
  { url, authorization }: Pick<TestOrthanc, 'url' | 'authorization'>,
  files: readonly NamedFile[],
  connections: number,
): Promise<void> {
  const waiting = [...files]
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const poster = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const asked = request(`${url}/instances`, {
        method: 'POST',
        agent,
        headers: {
          Authorization: authorization,
          'Content-Type': 'application/dicom',
          'Content-Length': file.bytes.byteLength,
        },
      })
      asked.end(file.bytes)
      const { status, body } = await answerOf(asked)
      if (status !== 200) throw new Error(`/instances answered ${status}: ${body}`)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, poster))
  } finally {
    agent.destroy()
  }
}

/** Status and beginning of the answer, once all of it is there. */
function answerOf(asked: ClientRequest): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    asked.on('error', reject)
    asked.on('response', (answer) => {
      let body = ''
      answer.on('error', reject)
      answer.on('data', (piece: Buffer) => {
        if (body.length < 500) body += piece.toString('utf8', 0, 500)
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
  })
}
