import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PixelError } from '../pixel-error.ts'
import { WebAssembly, type WasmInstance } from './web-assembly.ts'

/** What the decoders of the Cornerstone codec packages have in common. */
export type WasmDecoder = {
  getEncodedBuffer(bytes: number): Uint8Array
  readHeader?(): void
  decode(): void
  getFrameInfo(): FrameInfo
  getDecodedBuffer(): Uint8Array
  getInterleaveMode?(): number
}

type FrameInfo = {
  width: number
  height: number
  bitsPerSample: number
  componentCount: number
  isSigned?: boolean
}

type Factory = (options: {
  instantiateWasm(imports: object, done: (instance: WasmInstance) => void): object
  print(): void
  printErr(): void
}) => Promise<Record<string, new () => unknown>>

const require = createRequire(import.meta.url)

/**
 * A codec compiled once and instantiated anew for each frame, which takes a few milliseconds: nothing of an earlier
 * frame, perhaps another practice's, can show through a decoder's uninitialised memory, and no memory only grows.
 *
 * @param factory module that exports the Emscripten factory
 * @param wasm module path of the compiled code
 * @param className the decoder's or encoder's class in it, `Codec`
 */
export function wasmCodec<Codec>(factory: string, wasm: string, className: string): () => Promise<Codec> {
  let loaded: { create: Factory; module: object } | null = null

  return async function newCodec() {
    // The packages have no usable types; the shape is that of their README and is exercised for every codec by the tests.
    loaded ??= {
      create: require(factory) as Factory,
      module: new WebAssembly.Module(readFileSync(require.resolve(wasm))),
    }
    const { create, module } = loaded
    instantiated = true
    const codec = await create({
      instantiateWasm(imports, done) {
        const instance = new WebAssembly.Instance(module, imports)
        done(instance)
        return instance.exports
      },
      print: () => undefined,
      printErr: () => undefined,
    })
    const Class = codec[className]
    if (!Class) throw new Error(`${factory} has no ${className}`)
    return new Class() as Codec // as said above
  }
}

let instantiated = false

/** Says that memory is taken which `releaseCodecMemory` gives back. */
export function codecMemoryIsTaken(): void {
  instantiated = true
}

/**
 * Collects the memory of the codecs that ran since the last call: some 10 ms, and nothing when none did. Left to chance,
 * the memory of a huge frame would leave too little for the next one.
 */
export function releaseCodecMemory(): void {
  if (instantiated) globalThis.gc?.() // there with --expose-gc
  instantiated = false
}

/**
 * Runs a decoder over a stream.
 *
 * @returns samples as the codec leaves them, copied out of its memory
 * @throws {PixelError} `damaged` when the codec gives up for any reason
 */
export function runDecoder(decoder: WasmDecoder, bytes: Uint8Array, name: string) {
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes)
    decoder.decode()
    const info = decoder.getFrameInfo()
    return { info, decoded: new Uint8Array(decoder.getDecodedBuffer()) }
  } catch {
    // The codecs throw numbers, strings and WebAssembly traps; none of them tells a reader more.
    throw new PixelError('damaged', `the ${name} frame cannot be decoded`)
  }
}
