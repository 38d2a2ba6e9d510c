import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { ImageDescription } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import type { NativeFrame } from './decode-frame.ts'
import { codecMemoryIsTaken } from './wasm-codec.ts'
import { WebAssembly, type WasmInstance } from './web-assembly.ts'

/** What of FFmpeg's module is used, https://github.com/ffmpegwasm/ffmpeg.wasm: its command line over files in memory. */
type Ffmpeg = {
  FS: { writeFile(path: string, bytes: Uint8Array): void; readFile(path: string): Uint8Array }
  setLogger(logger: () => void): void
  /** @returns exit code */
  exec(...args: string[]): number
}
type CreateFfmpeg = (options: {
  instantiateWasm(imports: object, done: (instance: WasmInstance) => void): object
  mainScriptUrlOrBlob: string
}) => Promise<Ffmpeg>

/** Streams and containers of PS3.5 §8.2.5 to §8.2.11: nothing that names other files or addresses. */
const containers = 'mpeg,mpegts,mpegvideo,h264,hevc,mov'

const require = createRequire(import.meta.url)
let loaded: { create: CreateFfmpeg; module: object } | null = null

/**
 * The first picture of a video, by FFmpeg as WebAssembly: it has the stream in its memory, and neither files nor network.
 *
 * @throws {PixelError} `damaged` for what is no such stream, or has another size than the image says
 */
export async function decodeVideo(bytes: Uint8Array, image: ImageDescription): Promise<NativeFrame> {
  loaded ??= {
    create: require('@ffmpeg/core') as CreateFfmpeg, // its types are of a browser
    module: new WebAssembly.Module(readFileSync(require.resolve('@ffmpeg/core/wasm'))),
  }
  const picture = await firstPicture(loaded, bytes).catch(() => null) // numbers and traps, which tell a reader nothing
  const length = image.rows * image.columns * 3
  if (picture?.length !== length) throw new PixelError('damaged', 'the video cannot be decoded')
  return { bytes: picture, photometricInterpretation: 'RGB', planarConfiguration: 0 }
}

async function firstPicture(
  { create, module }: NonNullable<typeof loaded>,
  bytes: Uint8Array,
): Promise<Uint8Array | null> {
  codecMemoryIsTaken()
  // the module takes every place for a browser's worker; it asks it for its address and for nothing else
  const place = globalThis as { self?: object }
  place.self = { location: { href: '' } }
  try {
    const ffmpeg = await create({
      instantiateWasm(imports, done) {
        const instance = new WebAssembly.Instance(module, imports)
        done(instance)
        return instance.exports
      },
      // where it would look for what it has already
      mainScriptUrlOrBlob: `#${btoa(JSON.stringify({ wasmURL: '', workerURL: '' }))}`,
    })
    ffmpeg.setLogger(() => undefined)
    ffmpeg.FS.writeFile('video', bytes)
    const input = ['-threads', '1', '-format_whitelist', containers, '-i', 'video', '-map', '0:v:0']
    const code = ffmpeg.exec(...input, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'picture')
    return code === 0 ? ffmpeg.FS.readFile('picture') : null
  } finally {
    delete place.self
  }
}
