import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { projectRoot } from './project-root.ts'

const run = promisify(execFile)

/** Every file that a program loads for our schema: its address and how it is read. */
const loaded = `
import { registerHooks } from 'node:module'
const found = []
registerHooks({
  resolve(specifier, context, nextResolve) {
    const { url, format } = nextResolve(specifier, context)
    found.push([specifier, context.parentURL, url, format])
    return { url, format, shortCircuit: true }
  },
})
await import('@bitewing/db/schema')
console.log(JSON.stringify(found))`

async function filesLoaded(...options: string[]): Promise<string[][]> {
  const { stdout } = await run(
    process.execPath,
    [...options, '--no-warnings', '--input-type=module', '--eval', loaded],
    { cwd: join(projectRoot, 'db'), maxBuffer: 2 ** 24 },
  )
  return JSON.parse(stdout) as string[][] // written above
}

test('every import leads to the same file, read in the same way', async () => {
  const [asNode, quickly] = await Promise.all([
    filesLoaded(),
    filesLoaded('--import', pathToFileURL(join(import.meta.dirname, 'quick-imports.ts')).href),
  ])

  expect(quickly).toEqual(asNode)
  expect(quickly.filter(([, , url]) => url?.includes('/drizzle-orm/')).length).toBeGreaterThan(50)
})
