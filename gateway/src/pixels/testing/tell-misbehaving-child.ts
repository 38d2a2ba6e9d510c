import { fileURLToPath } from 'node:url'
import { createPixels } from '../create-pixels.ts'
import { plainImage } from './plain-image.ts'
import type { DecodeRequest, Pixels, PixelsOptions } from '../pixels.ts'

/** A pool whose children obey commands, and a function that sends one and gives the answer as text. */
export function misbehavingPixels(options: Partial<PixelsOptions> = {}) {
  const pixels = createPixels({
    processes: 1,
    timeoutMs: 20_000,
    memoryMaxMb: 1024,
    ...options,
    childScript: fileURLToPath(new URL('misbehaving-child.ts', import.meta.url)),
  })
  return { pixels, tell: (command: string, extra: Extra = {}) => tell(pixels, command, extra) }
}

type Extra = Partial<Pick<DecodeRequest, 'priority' | 'signal' | 'timeoutMs'>>

async function tell(pixels: Pixels, command: string, extra: Extra): Promise<string> {
  const { bytes } = await pixels.decode({
    ...extra,
    frame: { bytes: Buffer.from(command), transferSyntaxUid: '1.2.840.10008.1.2.1' },
    image: plainImage(1, 1),
  })
  return bytes.toString()
}
