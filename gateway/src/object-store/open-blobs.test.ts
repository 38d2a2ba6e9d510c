import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from '@bitewing/testbed/temporary-folder'
import { expect, test } from 'vitest'

/** Packages below node_modules that a process loads until `program` ends. */
async function packagesLoadedBy(program: string): Promise<string[]> {
  const watch = `
    import { registerHooks } from 'node:module'
    const seen = new Set()
    registerHooks({
      load(url, context, next) {
        const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\/(?!.*node_modules)/.exec(url) ?? []
        if (name) seen.add(name)
        return next(url, context)
      },
    })
    process.on('exit', () => console.log(JSON.stringify([...seen])))
    ${program}`
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module-typescript',
    '--eval',
    watch,
  ])
  return JSON.parse(stdout) as string[] // printed above
}

const index = JSON.stringify(join(import.meta.dirname, 'index.ts'))

// Each SDK costs start-up time and memory in gateway and worker.
test("a cloud's SDK is loaded only where its storage is configured", async () => {
  const folder = await temporaryFolder('sdk')
  const open = (url: string) =>
    packagesLoadedBy(`
      const { openBlobs } = await import(${index})
      await openBlobs({ storageUrl: ${JSON.stringify(url)}, credentials: { azure: { account: 'a', key: 'aw==' } } })
        .catch(() => undefined)
      process.exit(0)`)
  const sdks = (names: string[]) =>
    ['@aws-sdk/client-s3', '@azure/storage-blob', '@google-cloud/storage'].filter((sdk) =>
      names.includes(sdk),
    )
  try {
    expect(sdks(await open(`file://${folder.path}/store`))).toEqual([])
    // loaded and then refused for its region, before anything is asked of it
    expect(sdks(await open('azblob://images?region=westeurope'))).toEqual(['@azure/storage-blob'])
  } finally {
    await folder.remove()
  }
})
