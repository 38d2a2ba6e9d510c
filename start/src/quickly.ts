/** Before a program of ours on Node's command line: see quick-imports.ts. */
export const quickly: readonly string[] = ['--import', new URL('quick-imports.ts', import.meta.url).href]
