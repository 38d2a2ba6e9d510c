import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { demoInstances, type DemoSelection } from '@bitewing/demo'
import type { DemoPractice } from './demo-practice.ts'

type Options = {
  dataFolder: string
  demo: DemoPractice
  /** Base URL of the gateway on this machine. */
  url: string
  images: 'all' | 'few'
  say: (line: string) => void
  signal: AbortSignal
}

/** Enough to see a patient's pictures, without the minutes that a CBCT takes. */
const few: DemoSelection = { patients: ['cote'], kinds: ['panoramic', 'photograph'] }

const bytesPerRequest = 24 * 1024 * 1024

/**
 * Computes the demo practice's images and stores them by STOW-RS, as any viewer or device would; once.
 *
 * Cut off, it begins again at the next start: what is there already is the same and makes no second copy.
 */
export async function demoImages({ dataFolder, demo, url, images, say, signal }: Options): Promise<void> {
  const done = join(dataFolder, 'demo-images-stored')
  if (
    await access(done).then(
      () => true,
      () => false,
    )
  )
    return

  say('Making the demo practice its images; they appear one after the other')
  const startedAt = Date.now()
  let toldAt = startedAt
  let stored = 0
  let batch: Uint8Array[] = []
  const send = async () => {
    if (batch.length === 0) return
    await store(url, demo.token, batch, signal)
    stored += batch.length
    batch = []
  }
  for await (const { bytes, label } of demoInstances(images === 'few' ? { only: few } : {})) {
    signal.throwIfAborted()
    batch.push(bytes)
    const held = batch.reduce((sum, file) => sum + file.byteLength, 0)
    if (held >= bytesPerRequest || Date.now() - toldAt > 5000) await send()
    if (Date.now() - toldAt > 5000) {
      toldAt = Date.now()
      say(`  ${stored} images so far, the last one: ${label}`)
    }
  }
  await send()
  await writeFile(done, '')
  say(`The demo practice has its ${stored} images (${Math.round((Date.now() - startedAt) / 1000)} s)`)
}

/** PS3.18 §10.5 Store transaction. */
async function store(
  url: string,
  token: string,
  files: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  const boundary = 'bitewing-demo-images'
  const body = Buffer.concat([
    ...files.flatMap((file) => [
      Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
      file,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ])
  const answer = await fetch(`${url}/dicom-web/studies`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
    body,
    signal,
  })
  await answer.arrayBuffer()
  if (answer.status !== 200)
    throw new Error(`The demo's images were not taken (STOW answered ${answer.status})`)
}
