export type WasmInstance = { exports: object }

/** The types of WebAssembly come with those of a browser, which nothing here may use by mistake. */
export const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (code: Uint8Array) => object
    Instance: new (module: object, imports: object) => WasmInstance
  }
}
